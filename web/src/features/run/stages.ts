import type { Columns } from "../../lib/columns";

/** Where something of a training changes, in epochs completed. */
export interface Stage {
  readonly kind: "warmup" | "closeMosaic" | "lrStep";
  readonly epoch: number;
  /** By what the learning rate was multiplied; 1 for other kinds. */
  readonly factor: number;
}

type Fields = Readonly<Record<string, unknown>>;

const numberAt = (fields: Fields, key: string): number | null => {
  const value = fields[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
};

const LEAST_WARMUP = 100; // iterations, in Ultralytics

/** The iterations that warm-up takes, in epochs: at least a hundred where there is any. */
function warmupEnd(settings: Fields): number | null {
  const [epochs, batches] = [numberAt(settings, "warmup_epochs"), numberAt(settings, "batches")];
  if (epochs === null || epochs <= 0) return null;
  return batches === null || batches <= 0 ? epochs : Math.max(Math.round(epochs * batches), LEAST_WARMUP) / batches;
}

function mosaicEnd(settings: Fields): number | null {
  const [close, epochs, mosaic] = [numberAt(settings, "close_mosaic"), numberAt(settings, "epochs"), numberAt(settings, "mosaic")];
  if (close === null || close <= 0 || epochs === null || mosaic === 0) return null;
  return epochs > close ? epochs - close : null;
}

/** The first place at which a probability falls to zero: what happened counts for more than what was planned. */
function droppedToZero({ x, max }: Columns): number | null {
  const at = max.findIndex((value, i) => i > 0 && value === 0 && (max[i - 1] ?? 0) > 0);
  return at < 0 ? null : (x[at] ?? null);
}

const STEP_RATIO = 0.7; // a step takes away at least this much
const FLAT = 0.02; // relative change that still counts as level
const LEVEL_EPOCHS = 2; // a level lasts this long; a schedule that moves every epoch has none

/** Whether all values within [from, to) are level with one, and reach over the whole stretch. */
function isLevel({ x, mean }: Columns, from: number, to: number, value: number): boolean {
  if (from < (x[0] ?? Infinity) || to > (x[x.length - 1] ?? -Infinity)) return false;
  return mean.every((one, i) => (x[i] ?? NaN) < from || (x[i] ?? NaN) >= to || Math.abs(one / value - 1) <= FLAT);
}

/** Where a learning rate that was level drops to another level. */
export function lrSteps(lr: Columns): Stage[] {
  const { x, mean } = lr;
  const steps: Stage[] = [];
  const at = (i: number) => mean[i] ?? NaN;
  for (let i = 1; i + 1 < mean.length; i++) {
    const within = at(i) / at(i - 1) < 1 - FLAT && at(i + 1) / at(i) < 1 - FLAT; // the bucket holds both levels
    const [place, after] = [x[i] ?? NaN, at(within ? i + 1 : i)];
    const ratio = after / at(i - 1);
    const next = within ? (x[i + 1] ?? NaN) : place;
    if (!(ratio > 0 && ratio <= STEP_RATIO)) continue;
    if (!isLevel(lr, place - LEVEL_EPOCHS, place, at(i - 1)) || !isLevel(lr, next, next + LEVEL_EPOCHS, after)) continue;
    steps.push({ kind: "lrStep", epoch: place, factor: Number(ratio.toPrecision(2)) });
  }
  return steps;
}

export interface StageFacts {
  readonly settings: Fields;
  /** The epochs that the run has reached: what lies ahead is not marked. */
  readonly reached: number;
  readonly lr: Columns | undefined;
  readonly mosaic: Columns | undefined;
}

/** The stages of a training that it has come to, in order. The columns run along epochs. */
export function stagesOf({ settings, reached, lr, mosaic }: StageFacts): Stage[] {
  const [warmup, closed] = [warmupEnd(settings), (mosaic ? droppedToZero(mosaic) : null) ?? mosaicEnd(settings)];
  const stages: Stage[] = [
    ...(warmup === null ? [] : [{ kind: "warmup" as const, epoch: warmup, factor: 1 }]),
    ...(closed === null ? [] : [{ kind: "closeMosaic" as const, epoch: closed, factor: 1 }]),
    ...(lr ? lrSteps(lr).filter(({ epoch }) => warmup === null || epoch > warmup) : []),
  ];
  return stages.filter(({ epoch }) => epoch <= reached).toSorted((a, b) => a.epoch - b.epoch);
}

/** A place on one axis told on another: both hold the same points, of which as many lie before it here as there. */
export function converted(value: number, from: Columns, to: Columns): number | null {
  const before = pointsBefore(value, from);
  return before === null ? null : placeAfter(before, to);
}

function pointsBefore(value: number, { x, xEnd, count }: Columns): number | null {
  if (x.length === 0 || value < (x[0] ?? Infinity) || value > (xEnd[x.length - 1] ?? -Infinity)) return null;
  let before = 0;
  for (let i = 0; i < x.length; i++) {
    const [start, end, own] = [x[i] ?? NaN, xEnd[i] ?? NaN, count[i] ?? 0];
    if (value <= start) return before;
    if (value <= end) return before + (own - 1) * ((value - start) / (end - start));
    before += own;
  }
  return before;
}

function placeAfter(points: number, { x, xEnd, count }: Columns): number | null {
  let before = 0;
  for (let i = 0; i < x.length; i++) {
    const [start, end, own] = [x[i] ?? NaN, xEnd[i] ?? NaN, count[i] ?? 0];
    if (points <= before) return start;
    if (points < before + own) return own > 1 ? start + Math.min(1, (points - before) / (own - 1)) * (end - start) : start;
    before += own;
  }
  return xEnd[x.length - 1] ?? null;
}
