import type { CardHistory, CardRow, MachineRow } from "../../api/client";

const WORKS_PERCENT = 5; // as the server counts a card as working
const HELD_SHARE = 0.5;
const LEVELS = 4;
const UNITS_S = [86_400, 3_600, 60] as const;

export interface Totals {
  readonly cards: number;
  readonly idle: number;
  readonly reserved: number;
  readonly away: number;
}

const STRENGTH = { idle: 0, reserved: 1, busy: 2 } as const;

/** What is free now. A card that two hosts report, a machine and a container on it, counts once, and as used if either says so. */
export function totalsOf(machines: readonly MachineRow[]): Totals {
  const states = new Map<string, CardRow["state"]>();
  for (const card of machines.filter((one) => one.online).flatMap((one) => one.cards)) {
    const known = states.get(card.uuid);
    if (known === undefined || STRENGTH[card.state] > STRENGTH[known]) states.set(card.uuid, card.state);
  }
  const count = (state: CardRow["state"]) => [...states.values()].filter((one) => one === state).length;
  const away = machines.filter((one) => !one.online).length;
  return { cards: states.size, idle: count("idle"), reserved: count("reserved"), away };
}

/** Those that are there first, each part by name as people count: gpu-2 before gpu-10. */
export function inOrder(machines: readonly MachineRow[], locale: string): MachineRow[] {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  return machines.toSorted((a, b) => Number(b.online) - Number(a.online) || compare(a.host, b.host));
}

/** Seconds cut to their largest unit: "for 3 h" needs no minutes. Null below a minute. */
export function roughly(seconds: number): number | null {
  const unit = UNITS_S.find((size) => seconds >= size);
  return unit === undefined ? null : Math.floor(seconds / unit) * unit;
}

/** Seconds since an instant of the server, by a browser's clock that may be a little behind it. */
export function secondsSince(instant: string, nowMs: number): number {
  return Math.max(0, (nowMs - Date.parse(instant)) / 1000);
}

/** Share of a whole; null where either is not known. */
export function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : Math.min(1, part / whole);
}

/** Runs that are on the machine but on none of its cards. */
export function runsOffCards(machine: MachineRow): MachineRow["runs"] {
  const onCards = new Set(machine.cards.flatMap((card) => card.runs.map((run) => run.run)));
  return machine.runs.filter((run) => !onCards.has(run.run));
}

const inPercent = (share: number) => Math.round(share * 100) / 100;

function steadyUse({ day, heard_day: heard }: CardRow["use"]): CardRow["use"] {
  return { day: day === null ? null : inPercent(day), week: null, heard_day: inPercent(heard), heard_week: 0 };
}

/**
 * The machines without what moves from look to look and is not shown: a card that rests keeps its identity, and is not drawn anew.
 * How long it rests is counted from `since`.
 */
export function steady(machines: readonly MachineRow[]): MachineRow[] {
  return machines.map((machine) => ({
    ...machine,
    cards: machine.cards.map((card) => ({ ...card, idle_s: 0, use: steadyUse(card.use) })),
  }));
}

const MAKER = /^(NVIDIA|AMD|Intel)(\(R\))?\s+(GeForce\s+)?(?=\S)/i;

/** A card's model without its maker, which says nothing in a column of cards: "RTX 4090". */
export function shortName(name: string): string {
  return name.replace(MAKER, "");
}

export type Level = "rest" | "held" | "1" | "2" | "3" | "4";

/** How a bucket is coloured: by use in percent, or that the card was held without working; null where nothing is known. */
export function levelOf(history: CardHistory, at: number): Level | null {
  const busy = history.busy[at] ?? null;
  if (busy === null) return null;
  const percent = history.util_percent[at] ?? busy * 100;
  if (percent < WORKS_PERCENT) return busy >= HELD_SHARE ? "held" : "rest";
  const step = Math.min(LEVELS, Math.floor((percent / 100) * LEVELS) + 1);
  return step === 1 ? "1" : step === 2 ? "2" : step === 3 ? "3" : "4";
}

/** One SVG path a level, in which a bucket is one unit wide and neighbours of one level are one rectangle. */
export function stripPaths(history: CardHistory): [Level, string][] {
  const paths = new Map<Level, string>();
  let start = 0;
  const levels = history.busy.map((_, at) => levelOf(history, at));
  for (const [at, level] of levels.entries()) {
    if (levels[at + 1] === level && at + 1 < levels.length) continue;
    if (level !== null) paths.set(level, `${paths.get(level) ?? ""}M${start} 0H${at + 1}V1H${start}z`);
    start = at + 1;
  }
  return [...paths];
}
