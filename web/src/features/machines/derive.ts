import type { CardHistory, CardRow, MachineRow, RunOnMachine, RunSummary } from "../../api/client";

const WORKS_PERCENT = 5; // as the server counts a card as working
const HELD_SHARE = 0.5;
const LEVELS = 4;

export interface Totals {
  readonly cards: number;
  readonly idle: number;
  readonly reserved: number;
  /** Held by paused trainings; they are not among the reserved. */
  readonly paused: number;
  readonly away: number;
}

/** Seconds that running trainings still need, by run; null where a run does not tell. */
export type Forecast = Readonly<Record<string, number | null>>;

/** What trainings that have not ended tell of the cards they hold: when they are done, and which can release theirs. */
export interface Outlook {
  readonly forecast: Forecast;
  readonly releasable: Readonly<Record<string, true>>;
}

const PAUSES = "pause";
export const VERBS = "settings.control.verbs";
export const CANNOT_RELEASE = "settings.control.cannot.pause.release";

function canRelease(values: RunSummary["values"] = {}): boolean {
  const verbs = values[VERBS];
  return Array.isArray(verbs) && verbs.includes(PAUSES) && (values[CANNOT_RELEASE] ?? null) === null;
}

/** A paused training is done when somebody lets it go on: nobody can tell. */
export function outlookFrom(runs: readonly Pick<RunSummary, "id" | "state" | "eta_s" | "values">[]): Outlook {
  return {
    forecast: Object.fromEntries(runs.map(({ id, state, eta_s: left }) => [id, state === "running" ? left : null])),
    releasable: Object.fromEntries(runs.filter(({ values }) => canRelease(values)).map(({ id }) => [id, true])),
  };
}

const LIVE: ReadonlySet<RunOnMachine["state"]> = new Set<RunOnMachine["state"]>(["running", "paused"]);

/** The runs that can be asked to give back what they hold. */
export const releasableOf = (runs: readonly RunOnMachine[], { releasable }: Outlook): RunOnMachine[] => runs.filter(({ run, state }) => LIVE.has(state) && releasable[run]);

/** Whether paused trainings, and nobody else, hold a card. */
export function isHeldPaused({ state, runs, foreign_processes: others }: Pick<CardRow, "state" | "runs" | "foreign_processes">): boolean {
  return state !== "idle" && others === 0 && runs.length > 0 && runs.every((run) => run.state === "paused");
}

/** Seconds until a card is free: 0 for one that is, null where nobody can tell. The longest of the trainings on it decides. */
export function freeIn(card: Pick<CardRow, "state" | "runs" | "foreign_processes">, forecast: Forecast): number | null {
  if (card.state === "idle") return 0;
  if (card.runs.length === 0 || card.foreign_processes > 0) return null;
  const left = card.runs.map(({ run }) => forecast[run] ?? null);
  return left.reduce<number | null>((most, one) => (most === null || one === null ? null : Math.max(most, one)), 0);
}

const waitOf = (card: CardRow, forecast: Forecast) => freeIn(card, forecast) ?? Infinity;

/** Seconds until the next card is free, 0 where one is; null where nobody can tell. */
export function nextFree(machines: readonly MachineRow[], forecast: Forecast): number | null {
  const waits = machines.filter((one) => one.online).flatMap((one) => one.cards.map((card) => waitOf(card, forecast)));
  const least = Math.min(Infinity, ...waits);
  return Number.isFinite(least) ? least : null;
}

/** The machine whose card is free soonest first, and so the cards of each; what was in order before stays so among equals. */
export function freeFirst(machines: readonly MachineRow[], forecast: Forecast): MachineRow[] {
  const sorted = machines.map((machine) => ({
    ...machine,
    cards: machine.cards.toSorted((a, b) => compareWaits(waitOf(a, forecast), waitOf(b, forecast))),
  }));
  const wait = ({ online, cards: [first] }: MachineRow) => (online && first ? waitOf(first, forecast) : Infinity);
  return sorted.toSorted((a, b) => Number(b.online) - Number(a.online) || compareWaits(wait(a), wait(b)));
}

/** Two that nobody can tell of are equal: their difference is no number. */
const compareWaits = (one: number, other: number) => (one === other ? 0 : one - other);

const STRENGTH = { idle: 0, reserved: 1, paused: 2, busy: 3 } as const;

const standingOf = (card: CardRow): keyof typeof STRENGTH => (isHeldPaused(card) ? "paused" : card.state);

/** What is free now. A card that two hosts report, a machine and a container on it, counts once, and as used if either says so. */
export function totalsOf(machines: readonly MachineRow[]): Totals {
  const states = new Map<string, keyof typeof STRENGTH>();
  for (const card of machines.filter((one) => one.online).flatMap((one) => one.cards)) {
    const [known, state] = [states.get(card.uuid), standingOf(card)];
    if (known === undefined || STRENGTH[state] > STRENGTH[known]) states.set(card.uuid, state);
  }
  const count = (state: keyof typeof STRENGTH) => [...states.values()].filter((one) => one === state).length;
  const away = machines.filter((one) => !one.online).length;
  return { cards: states.size, idle: count("idle"), reserved: count("reserved"), paused: count("paused"), away };
}

/** Those that are there first, each part by name as people count: gpu-2 before gpu-10. */
export function inOrder(machines: readonly MachineRow[], locale: string): MachineRow[] {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  return machines.toSorted((a, b) => Number(b.online) - Number(a.online) || compare(a.host, b.host));
}

/** Runs that are on the machine but on none of its cards. */
export function runsOffCards(machine: MachineRow): MachineRow["runs"] {
  const onCards = new Set(machine.cards.flatMap((card) => card.runs.map((run) => run.run)));
  return machine.runs.filter((run) => !onCards.has(run.run));
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
