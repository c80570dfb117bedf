import type { RunDetail } from "../../../../api/client";
import type { Columns } from "../../../../lib/columns";

/** A component of the loss, the series that have it, and what it is multiplied by. */
export interface LossPart {
  readonly component: string;
  readonly train: string | null;
  readonly val: string | null;
  /** The series of its gain; null where only the settings say it. */
  readonly gainSeries: string | null;
  readonly gain: number | null;
}

const GAIN = /^loss_weight\/(.+)$/;
const CALLED: Readonly<Record<string, string>> = { seg: "box", l1: "dfl" }; // weighted by the gain of another
const COMPONENTS = ["box", "cls", "dfl", "l1", "seg", "pose", "kobj", "angle"] as const;

function settingOf(run: Pick<RunDetail, "settings" | "config">, component: string): number | null {
  const key = CALLED[component] ?? component;
  const found: unknown = run.settings[key] ?? run.config[key];
  return typeof found === "number" && found > 0 ? found : null;
}

/** The components whose gain is known and that have a loss. */
export function lossParts(run: Pick<RunDetail, "series" | "settings" | "config">): LossPart[] {
  const names = new Set(run.series.map(({ name }) => name));
  const weighted = [...names].flatMap((name) => GAIN.exec(name)?.[1] ?? []);
  const components = [...new Set([...COMPONENTS, ...weighted])];
  const first = (...candidates: string[]) => candidates.find((name) => names.has(name)) ?? null;
  return components.flatMap((component) => {
    const train = first(`train/epoch/${component}_loss`, `train/${component}_loss`);
    const val = first(`val/${component}_loss`);
    const gainSeries = first(`loss_weight/${component}`);
    const gain = settingOf(run, component);
    const isKnown = (train !== null || val !== null) && (gainSeries !== null || gain !== null);
    return isKnown ? [{ component, train, val, gainSeries, gain }] : [];
  });
}

/** Gains as they were told, by epoch: what was told last holds. */
export type Gains = readonly (readonly [epoch: number, gain: number])[];

export function gainsOf(columns: Columns | undefined, setting: number | null): Gains {
  const said = columns ? Array.from(columns.x, (epoch, at) => [epoch, columns.mean[at] ?? Number.NaN] as const).filter(([, gain]) => gain > 0) : [];
  if (said.length > 0) return said;
  return setting === null ? [] : [[-Infinity, setting]];
}

function gainAt(gains: Gains, epoch: number): number {
  return (gains.findLast(([from]) => from <= epoch) ?? gains[0])?.[1] ?? Number.NaN;
}

/** The curve of a loss divided by its gain at each epoch, or of what that says of the overlap: 1 minus it. */
export function withoutGain(columns: Columns, gains: Gains, kind: "loss" | "overlap"): Columns {
  const turned = (values: Float64Array) =>
    values.map((value, at) => {
      const loss = value / gainAt(gains, columns.xEnd[at] ?? 0);
      return kind === "loss" ? loss : 1 - loss;
    });
  const [min, max] = [turned(columns.min), turned(columns.max)];
  return { ...columns, mean: turned(columns.mean), min: kind === "loss" ? min : max, max: kind === "loss" ? max : min };
}
