import type { Command } from "../api/client";

export type Effect = NonNullable<Command["effect"]>;

/** One number of an effect, drawn from a zero in the middle. */
export interface Bar {
  readonly kind: "measured" | "expected";
  /** Of half the width, from -1 to 1. */
  readonly share: number;
  readonly value: number;
}

/** How a curve changed behind a command beside what was to be expected without it; nothing where either is not known. */
export function barsOf({ change, expected }: Pick<Effect, "change" | "expected">): Bar[] {
  if (change === null || expected === null) return [];
  const reach = Math.max(Math.abs(change), Math.abs(expected)) || 1;
  const bar = (kind: Bar["kind"], value: number): Bar => ({ kind, value, share: value / reach });
  return [bar("measured", change), bar("expected", expected)];
}

const WHOLE_FROM = 0.0995; // a tenth of a per cent says nothing beside ten of them

/** A relative change with its sign: "−18%", "+2.5%". */
export function changeWords(value: number, locale: string): string {
  const digits = Math.abs(value) >= WHOLE_FROM ? 0 : 1;
  const format = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "exceptZero" });
  return format.format(value).replace("-", "−");
}
