import type { components } from "../../api/schema.gen";

export type Comparison = components["schemas"]["Comparison"];

export const SECTIONS = ["config", "settings", "augmentation", "data", "code", "packages", "machine"] as const;
export type SectionId = (typeof SECTIONS)[number];

/** One key that is not the same in all runs; a run that does not have it has no entry. */
export interface Difference {
  readonly section: SectionId;
  readonly key: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/** Column letters of the runs of an answer; the first is the run that every answer holds. */
function columnsOf({ runs }: Comparison): (readonly [string, string])[] {
  return runs.map(({ column, id }) => [column, id] as const);
}

/**
 * What differs among all runs, from answers that each hold the same first run beside some of the others: in an answer
 * that does not tell a key, every run has what the first one has.
 */
export function merged(answers: readonly Comparison[]): Difference[] {
  return SECTIONS.flatMap((section) => {
    const told = answers.map((answer) => new Map((answer.sections[section] ?? []).map((row) => [String(row.key), row])));
    const keys = [...new Set(told.flatMap((rows) => [...rows.keys()]))].toSorted();
    return keys.map((key) => ({ section, key, values: valuesOf(key, answers, told) }));
  });
}

type Row = Readonly<Record<string, unknown>>;

function valuesOf(key: string, answers: readonly Comparison[], told: readonly ReadonlyMap<string, Row>[]): Map<string, unknown> {
  const ofFirst = told.find((rows) => rows.has(key))?.get(key);
  const values = new Map<string, unknown>();
  answers.forEach((answer, at) => {
    const row = told[at]?.get(key);
    for (const [column, id] of columnsOf(answer)) {
      const [source, place] = row ? [row, column] : [ofFirst, "a"];
      if (source && place in source) values.set(id, source[place]);
    }
  });
  return values;
}

/** Every key of one run, from the answer that compares it with itself. */
export function allOf(answer: Comparison): { section: SectionId; key: string; value: unknown }[] {
  return SECTIONS.flatMap((section) => (answer.sections[section] ?? []).map((row) => ({ section, key: String(row.key), value: row.a })));
}

export function textOf(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one !== "object")) return value.join(", ");
  return JSON.stringify(value);
}

/** What a run was started with, or what came of it, that can stand on an axis or colour a line. */
export interface Parameter {
  /** As filters and groups call it: `config.lr0`. */
  readonly id: string;
  readonly key: string;
  readonly values: ReadonlyMap<string, string | number | boolean>;
}

const PLACES: Partial<Record<SectionId, string>> = { config: "config", settings: "settings", augmentation: "settings" };

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

const fingerprint = (values: ReadonlyMap<string, unknown>) => JSON.stringify([...values].toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** The differences that are parameters; one that says the same as the argument of its name is left out. */
export function parametersOf(differences: readonly Difference[]): Parameter[] {
  const seen = new Set<string>();
  return differences.flatMap(({ section, key, values }) => {
    const place = PLACES[section];
    const plain = new Map([...values].flatMap(([run, value]): [string, string | number | boolean][] => (isPlain(value) ? [[run, value]] : [])));
    const print = `${key}\n${fingerprint(plain)}`;
    if (place === undefined || plain.size === 0 || seen.has(print)) return [];
    seen.add(print);
    return [{ id: `${place}.${key}`, key, values: plain }];
  });
}
