/** Which quantity runs along the x axis. */
export type XAxis = "step" | "epoch" | "elapsed" | "time";

export const X_AXES = ["step", "epoch", "elapsed", "time"] as const;

/**
 * One series of one run as columns, a bucket per index in x order. The arrays are views on the received bytes: never
 * written to, and replaced as a whole when newer points arrive, so identity tells whether anything changed.
 */
export interface Columns {
  readonly run: string;
  readonly name: string;
  /** Points in the asked window, of which the buckets are a summary. */
  readonly total: number;
  readonly xAxis: XAxis;
  readonly x: Float64Array;
  readonly xEnd: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  readonly count: Float64Array;
  readonly nan: Float64Array;
}

export type Span = readonly [number, number];
