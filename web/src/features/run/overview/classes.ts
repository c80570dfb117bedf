import type { Matrix, RunDetail, SeriesInfo } from "../../../api/client";
import { numberFromWire } from "../../../lib/numbers";
import { CLASS } from "../derive";

const METRICS = ["AP50-95", "AP", "AP50"] as const;

export interface ClassResult {
  readonly series: string;
  readonly name: string;
  readonly value: number;
  readonly best: number | null;
  /** Labelled objects in the training data; null where that is not known. */
  readonly instances: number | null;
}

export interface WorstClasses {
  readonly metric: (typeof METRICS)[number];
  readonly of: number;
  readonly worst: readonly ClassResult[];
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown, key: string): unknown => (isFields(value) ? value[key] : undefined);

/** Labelled objects of each class in a part of the data, as the training counted them. */
export function instancesOf({ provenance }: Pick<RunDetail, "provenance">, split: "train" | "val"): ReadonlyMap<string, number> {
  const counts = fieldsOf(fieldsOf(provenance.data, split), "per_class");
  const known = isFields(counts) ? Object.entries(counts) : [];
  return new Map(known.flatMap(([name, count]) => (typeof count === "number" ? [[name, count]] : [])));
}

function resultOf(info: SeriesInfo, instances: ReadonlyMap<string, number>): ClassResult | null {
  const value = numberFromWire(info.last);
  const name = CLASS.exec(info.name)?.[1];
  if (name === undefined || value === null || !Number.isFinite(value)) return null;
  return { series: info.name, name, value, best: numberFromWire(info.best), instances: instances.get(name) ?? null };
}

/** The classes that a detector finds worst now; null for a run with fewer than two. */
export function worstClasses(run: Pick<RunDetail, "series" | "provenance">, most: number): WorstClasses | null {
  const instances = instancesOf(run, "train");
  for (const metric of METRICS) {
    const found = run.series.filter(({ name }) => CLASS.exec(name)?.[2] === metric).flatMap((info) => resultOf(info, instances) ?? []);
    if (found.length > 1) return { metric, of: found.length, worst: found.toSorted((a, b) => a.value - b.value).slice(0, most) };
  }
  return null;
}

const BACKGROUND = -1;

export interface Mixed {
  /** What the objects are, and what they were taken for; null is background. */
  readonly truth: string | null;
  readonly found: string | null;
  readonly count: number;
  /** Share of all that is truly so; null for what is nothing. */
  readonly share: number | null;
}

export interface Confusions {
  /** Two classes that are taken for one another most often. */
  readonly mixed: Mixed | null;
  /** The class of which most are not found. */
  readonly missed: Mixed | null;
  /** The class that is most often seen where nothing is. */
  readonly invented: Mixed | null;
}

function labelOf({ classes, titles, texts }: Matrix["rows"], at: number): string | null {
  const number = classes[at];
  if (number === BACKGROUND) return null;
  return titles[at] ?? texts[at] ?? String(number ?? at);
}

/** The most frequent mistakes of a confusion matrix whose rows are what was predicted and whose columns are what is true. */
export function confusionsOf(matrix: Matrix): Confusions {
  const cells = matrix.values.flatMap((row, at) =>
    row.map((value, column): Mixed => {
      const [found, truth] = [labelOf(matrix.rows, at), labelOf(matrix.columns, column)];
      const all = matrix.values.reduce((sum, other) => sum + (numberFromWire(other[column]) ?? 0), 0);
      const count = numberFromWire(value) ?? 0;
      return { truth, found, count, share: truth === null || all <= 0 ? null : count / all };
    }),
  );
  const most = (fits: (cell: Mixed) => boolean) =>
    cells.filter((cell) => cell.count > 0 && fits(cell)).toSorted((a, b) => b.count - a.count)[0] ?? null;
  return {
    mixed: most(({ truth, found }) => truth !== null && found !== null && truth !== found),
    missed: most(({ truth, found }) => truth !== null && found === null),
    invented: most(({ truth, found }) => truth === null && found !== null),
  };
}
