/** The final mAP50-95 as it is expected, in [0, 1], and the epoch from which the rest gains little. */
export interface Forecast {
  readonly final: number;
  readonly low: number;
  readonly high: number;
  readonly enough: number | null;
}

type Fields = Readonly<Record<string, unknown>>;

const numberIn = (fields: Fields, key: string): number | null => {
  const value = fields[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
};

/** What the answer of a diagnosis expects; null where it forecasts nothing. */
export function forecastOf(facts: Fields): Forecast | null {
  const [final, low, high] = [numberIn(facts, "final"), numberIn(facts, "low"), numberIn(facts, "high")];
  return final === null || low === null || high === null ? null : { final, low, high, enough: numberIn(facts, "enough") };
}
