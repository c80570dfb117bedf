import type { SeriesInfo } from "../../../api/client";
import { chart, groupBy, line, text, type ChartPlan, type Localised, type SeriesShape } from "../../../panels/plan";
import { componentOf, EPOCH_MEAN, rankOfLoss, sectionsOf, SPLITS, withoutSplit } from "../derive";

const MOST_COMPONENTS = 3;
const MOST_PLAIN = 4; // charts of a run that has no metric beside its losses, or the other way round
const TITLE: Localised = { en: "Losses: training and validation", zh: "损失：训练与验证" };
const LOSS_WORD = /\s*(?:loss|损失)$/iu;

/** Another run's line behind this one's. */
export interface Behind {
  readonly run: string;
  readonly label: Localised;
}

const within = (title: Localised, split: Localised): Localised => ({
  en: `${withoutSplit(title).en.replace(LOSS_WORD, "")} · ${split.en}`,
  zh: `${withoutSplit(title).zh.replace(LOSS_WORD, "")} · ${split.zh}`,
});

function componentLines(members: readonly SeriesShape[], color: number) {
  const train = members.find(({ name }) => EPOCH_MEAN.test(name)) ?? members.find(({ name }) => name.startsWith("train/"));
  const val = members.find(({ name }) => name.startsWith("val/"));
  if (!train || !val) return [];
  return [line(train, color, { label: within(train.title, SPLITS.train) }), line(val, color, { dashed: true, label: within(val.title, SPLITS.val) })];
}

/** Training beside validation, component by component; null for a run that has not both of any. */
export function lossesTogether(series: readonly SeriesShape[]): ChartPlan | null {
  const losses = series.filter(({ family }) => family === "loss").toSorted((a, b) => rankOfLoss(a.name) - rankOfLoss(b.name));
  const both = [...groupBy(losses, ({ name }) => componentOf(name)).values()].filter((members) => componentLines(members, 0).length > 0);
  const lines = both.slice(0, MOST_COMPONENTS).flatMap(componentLines);
  return lines.length > 0 ? chart("overview/losses", text(TITLE), lines) : null;
}

/** A chart with the same series of another run behind its own. */
function withBehind(plan: ChartPlan, main: string, behind: Behind | null): ChartPlan {
  const own = plan.lines.find(({ name }) => name === main);
  if (!own || !behind) return plan;
  return { ...plan, lines: [...plan.lines, { ...own, run: behind.run, label: behind.label, faint: true, dashed: true }] };
}

/** The charts that tell whether a run is good: its main metric and its losses; for a run without the one or the other, the first of what there is. */
export function overviewCharts(series: readonly SeriesInfo[], main: string | null, behind: Behind | null): ChartPlan[] {
  const sections = sectionsOf(series);
  const charts = (id: string) => sections.find((section) => section.id === id)?.charts ?? [];
  const metric = charts("metric").find(({ lines }) => lines.some(({ name }) => name === main)) ?? charts("metric")[0];
  const loss = lossesTogether(series) ?? charts("loss").find(({ key }) => key === "loss/train") ?? charts("loss")[0];
  const known = [metric, loss].flatMap((plan) => plan ?? []);
  const found = known.length > 1 ? known : [...known, ...["loss", "metric", "other", "lr"].flatMap(charts)];
  const unique = found.filter((plan, at) => found.findIndex(({ key }) => key === plan.key) === at);
  return unique.slice(0, known.length > 1 ? 2 : MOST_PLAIN).map((plan) => (main === null ? plan : withBehind(plan, main, behind)));
}
