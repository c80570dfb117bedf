import type { SeriesInfo } from "../../../api/client";
import { numberFromWire } from "../../../lib/numbers";

const DEVICE = /^system\/([a-z]+)\.(\d+)\/(.+)$/;

/** A quantity as it was last reported, and the series that tells how it went. */
export interface Measured {
  readonly series: string;
  readonly value: number;
  /** What it is a part of, where it is a part of something. */
  readonly of: number | null;
}

export const CARD_MEASURES = ["use", "memory", "temperature", "power"] as const;
export type CardMeasure = (typeof CARD_MEASURES)[number];

const OF_CARD: Record<CardMeasure, readonly [name: string, whole: string | null]> = {
  use: ["util_percent", null],
  memory: ["memory_bytes", "memory_total_bytes"],
  temperature: ["temperature_c", null],
  power: ["power_w", "power_limit_w"],
};

export const MACHINE_MEASURES = ["cpu", "memory", "training", "workers", "disk"] as const;
export type MachineMeasure = (typeof MACHINE_MEASURES)[number];

const OF_MACHINE: Record<MachineMeasure, readonly [name: string, whole: string | null]> = {
  cpu: ["cpu_percent", null],
  memory: ["memory_bytes", "memory_total_bytes"],
  training: ["process/rss_bytes", null],
  workers: ["process/children_rss_bytes", null],
  disk: ["disk/free_bytes", null],
};

export interface CardNow {
  readonly index: number;
  readonly measures: ReadonlyMap<CardMeasure, Measured>;
}

type Known = ReadonlyMap<string, SeriesInfo>;

const valueOf = (info: SeriesInfo | undefined) => numberFromWire(info?.last);

function measured(known: Known, prefix: string, [name, whole]: readonly [string, string | null]): Measured | null {
  const info = known.get(prefix + name);
  const value = valueOf(info);
  if (!info || value === null || !Number.isFinite(value)) return null;
  return { series: info.name, value, of: whole === null ? null : valueOf(known.get(prefix + whole)) };
}

function measuresOf<Id extends string>(known: Known, prefix: string, wanted: Record<Id, readonly [string, string | null]>, ids: readonly Id[]) {
  const found = ids.map((id) => [id, measured(known, prefix, wanted[id])] as const);
  return new Map(found.flatMap(([id, one]) => (one ? [[id, one] as const] : [])));
}

const byName = (series: readonly SeriesInfo[]): Known => new Map(series.map((info) => [info.name, info]));

/** The cards that the training's first process sees, in order. */
export function cardsNow(series: readonly SeriesInfo[]): CardNow[] {
  const known = byName(series);
  const prefixes = new Map<string, number>();
  for (const { name } of series) {
    const [, kind, index] = DEVICE.exec(name) ?? [];
    if (kind !== undefined && kind !== "rank") prefixes.set(`system/${kind}.${index}/`, Number(index));
  }
  return [...prefixes]
    .map(([prefix, index]) => ({ index, measures: measuresOf(known, prefix, OF_CARD, CARD_MEASURES) }))
    .filter(({ measures }) => measures.size > 0)
    .toSorted((a, b) => a.index - b.index);
}

/** The machine around the training, and what the training takes of it. */
export const machineNow = (series: readonly SeriesInfo[]): ReadonlyMap<MachineMeasure, Measured> =>
  measuresOf(byName(series), "system/", OF_MACHINE, MACHINE_MEASURES);
