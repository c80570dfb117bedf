import type { RunSummary } from "../../../api/client";
import { MAP, MAP50 } from "../queries";
import { columnOf, ordered, specFromText, textFromSpec, type ColumnSpec } from "./specs";
import { widthOf } from "./kinds";

/** The metrics that say most of the runs: mAP where there is one, else whatever they log. */
export function leadingMetrics(runs: readonly RunSummary[]): readonly string[] {
  const names = new Set(runs.flatMap((run) => Object.keys(run.last)));
  if (names.size === 0 || names.has(MAP) || names.has(MAP50)) return [MAP, MAP50];
  const metrics = [...names].filter((name) => name.startsWith("metrics/"));
  return (metrics.length > 0 ? metrics : [...names].filter((name) => name.includes("loss"))).slice(0, 2);
}

export function defaultColumns(withProject: boolean, metrics: readonly string[]): ColumnSpec[] {
  const [first = MAP] = metrics;
  const ids = [...(withProject ? ["project"] : []), "state", "health", "progress", "eta_s", ...metrics, `spark(${first})`, "created", "elapsed_s"];
  return ordered([{ id: "name", width: null, pinned: true }, ...ids.map(columnOf)]);
}

export const columnsFromTexts = (texts: readonly string[]): ColumnSpec[] => ordered(texts.map(specFromText));

export const textsFromColumns = (columns: readonly ColumnSpec[]): string[] => columns.map(textFromSpec);

export function sameColumns(one: readonly ColumnSpec[], other: readonly ColumnSpec[]): boolean {
  return textsFromColumns(one).join("\n") === textsFromColumns(other).join("\n");
}

/** What was remembered, as far as it can be read. */
export function columnsFromStorage(text: string | null): ColumnSpec[] | null {
  if (text === null) return null;
  try {
    const texts: unknown = JSON.parse(text);
    if (!Array.isArray(texts)) return null;
    const known = texts.filter((one): one is string => typeof one === "string");
    return known.length > 0 ? columnsFromTexts(known) : null;
  } catch {
    return null;
  }
}

export interface Laid {
  readonly id: string;
  readonly width: number;
  /** Pixels from the left edge at which a pinned column stays; null for one that moves. */
  readonly left: number | null;
}

/** Columns with their pixels: the name takes what the others leave, unless a person chose its width. */
export function laidOut(columns: readonly ColumnSpec[], room: { readonly width: number; readonly lead: number }): Laid[] {
  const plain = columns.map(({ id, width }) => width ?? widthOf(id));
  const rest = room.width - room.lead - plain.reduce((sum, width) => sum + width, 0);
  let left = room.lead;
  return columns.map(({ id, width, pinned }, at) => {
    const own = (plain[at] ?? 0) + (id === "name" && width === null ? Math.max(0, rest) : 0);
    const laid = { id, width: own, left: pinned ? left : null };
    left += own;
    return laid;
  });
}
