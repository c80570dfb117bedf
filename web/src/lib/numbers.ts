/** A number as JSON carries it: the non-finite ones travel as text. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export function numberFromWire(value: WireNumber | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  return typeof value === "number" ? value : Number(value);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
