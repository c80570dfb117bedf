import type { Confusion } from "../confusion/derive";
import { mixAt } from "../confusion/derive";
import { BACKGROUND } from "../names";
import type { Fall, Standing } from "./readings";

/** A reason, as far as numbers tell one, why a class is bad. */
export type Why =
  | ({ readonly kind: "fall" } & Fall)
  | { readonly kind: "few"; readonly count: number; readonly median: number }
  | { readonly kind: "taken"; readonly number: number; readonly count: number; readonly of: number }
  | { readonly kind: "missed"; readonly count: number; readonly of: number };

const FEW_SHARE = 0.25; // of the median class
const MISSED_SHARE = 0.25;
const TAKEN_SHARE = 0.1;
const COUNT_LEAST = 3; // less is chance
const REASONS_MOST = 2;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

function mixes(confusion: Confusion | null, number: number | null): Why[] {
  const column = confusion && number !== null ? confusion.classes.indexOf(number) : -1;
  if (!confusion || column < 0) return [];
  const wrong = confusion.classes
    .map((_, row) => mixAt(confusion, row, column))
    .filter(({ predicted, count }) => predicted !== number && count >= COUNT_LEAST)
    .toSorted((a, b) => b.count - a.count);
  return wrong.flatMap(({ predicted, count, of }): Why[] => {
    if (predicted === BACKGROUND) return count / of >= MISSED_SHARE ? [{ kind: "missed", count, of }] : [];
    return count / of >= TAKEN_SHARE ? [{ kind: "taken", number: predicted, count, of }] : [];
  });
}

/** Why a class is bad, what weighs most first: it fell, it has few labels, it is mixed up, it is missed. */
export function whyOf(of: { readonly number: number | null; readonly standing: Standing; readonly train: number | null }, all: { readonly trains: readonly number[]; readonly confusion: Confusion | null }): Why[] {
  const usual = median(all.trains);
  const few: Why[] = of.train !== null && all.trains.length > 2 && of.train < FEW_SHARE * usual ? [{ kind: "few", count: of.train, median: usual }] : [];
  const fall: Why[] = of.standing.fall ? [{ kind: "fall", ...of.standing.fall }] : [];
  return [...fall, ...few, ...mixes(all.confusion, of.number)].slice(0, REASONS_MOST);
}
