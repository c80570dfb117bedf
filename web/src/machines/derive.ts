import type { CardRow, MachineRow } from "../api/client";

const UNITS_S = [86_400, 3_600, 60] as const;

export const HOT_C = 85; // from about here on cards slow themselves down

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

const MAKER = /^(NVIDIA|AMD|Intel)(\(R\))?\s+(GeForce\s+)?(?=\S)/i;

/** A card's model without its maker, which says nothing in a column of cards: "RTX 4090". */
export function shortName(name: string): string {
  return name.replace(MAKER, "");
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

/** The machine that a run is on now, and the cards that it has a process on. */
export function placeOf(machines: readonly MachineRow[], run: string): { machine: MachineRow; cards: CardRow[] } | null {
  const machine = machines.find((one) => one.online && one.runs.some((other) => other.run === run));
  if (!machine) return null;
  return { machine, cards: machine.cards.filter((card) => card.runs.some((other) => other.run === run)) };
}
