import type { QueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { formatInstant, formatNumber, NO_VALUE } from "../../../lib/format";
import { chartPictures } from "../../../panels/report/charts";
import type { Block, Cell, Report } from "../../../panels/report/report";
import { resultsQuery } from "../../../panels/results";
import type { ChartPlan } from "../../../panels/plan";
import { familiesOf, type FamilyPlan } from "../curves/plan";
import { sourceFor } from "../curves/source";
import { baselineVoice, groupedBy, voicesOf } from "../curves/voices";
import { rowOf } from "../differences/rows";
import { windowOf } from "../search";
import { metricsOf, rowsOf } from "../table/rows";
import type { Comparison } from "../use-comparison";

export interface CompareReportAsk {
  readonly client: QueryClient;
  readonly comparison: Comparison;
  readonly language: "en" | "zh";
  readonly t: TFunction<["report", "compare", "states"]>;
  readonly titleOf: (plan: ChartPlan) => string;
  readonly nowMs: number;
  readonly link: string;
}

const runLink = (link: string, run: string) => new URL(`/runs/${encodeURIComponent(run)}`, link).href;

function runsBlock({ comparison: { shown }, language, t, link }: CompareReportAsk): Block {
  const rows = shown.map(({ id, name, color, row }): Cell[] => [
    { text: name, color, link: runLink(link, id) },
    { text: row.project },
    { text: t(`states:${row.state}`) },
    { text: row.epochs === null ? String(row.epoch) : `${row.epoch} / ${row.epochs}` },
    { text: formatInstant(Date.parse(row.created), language) },
    { text: row.note },
  ]);
  return { kind: "table", title: t("report:runs"), isText: true, head: [t("report:run"), t("report:project"), t("report:state"), t("report:epoch"), t("report:started"), t("report:note")], rows };
}

const MOST_METRICS = 12; // columns of a page

/** What the runs reached, the best of each metric in bold. */
async function metricsBlock({ client, comparison, language, t }: CompareReportAsk): Promise<Block | null> {
  const { shown, series, baseline, search } = comparison;
  const metrics = metricsOf(series, search.find ?? "").slice(0, MOST_METRICS);
  const runs = shown.map(({ id }) => id);
  if (metrics.length === 0) return null;
  const results = await client.fetchQuery(resultsQuery(runs, metrics.map(({ name }) => name)));
  const which = search.value ?? "best";
  const table = rowsOf(metrics, results, { runs, baseline: baseline?.id ?? null, which });
  const rows = shown.map(({ id, name, color }): Cell[] => [
    { text: id === baseline?.id ? t("report:baselineName", { name }) : name, color },
    ...table.map(({ cells }): Cell => {
      const { value = null, isBest = false } = cells.get(id) ?? {};
      return { text: value === null ? NO_VALUE : formatNumber(value, language), isBest };
    }),
  ]);
  return { kind: "table", title: t("report:reached"), note: t(which === "last" ? "report:lastNote" : "report:bestNote"), head: [t("report:run"), ...metrics.map(({ title }) => title[language])], rows };
}

const USUAL: readonly string[] = ["metric", "loss"];
const MOST_CHARTS = 16; // of a family

/** The charts of the families that are open, drawn as the page draws them. */
async function chartBlocks({ client, comparison, language, t, titleOf }: CompareReportAsk): Promise<Block[]> {
  const { search, shown, series } = comparison;
  const against = baselineVoice(comparison);
  const families = familiesOf(series, voicesOf(comparison, t("compare:curves.noValue")), { find: search.find ?? "", against: against !== null });
  const open = search.open ?? (search.find === undefined ? USUAL : families.map(({ id }) => id));
  const source = sourceFor({ runs: shown.map(({ id }) => id), by: groupedBy(comparison), baseline: against });
  const look = { axis: search.align ?? ("step" as const), log: search.scale === "log", smoothing: search.smooth ?? 0, locale: language, attempts: [] };
  const asked = { look, window: windowOf(search), run: null, titleOf, ...(source ? { source } : {}) };
  const blockOf = async ({ id, charts }: FamilyPlan): Promise<Block> => ({
    kind: "charts",
    title: t(`compare:families.${id}`),
    svgs: await chartPictures(client, charts.slice(0, MOST_CHARTS), asked),
  });
  const blocks = await Promise.all(families.filter(({ id }) => open.includes(id)).map(blockOf));
  return blocks.filter((block) => block.kind !== "charts" || block.svgs.length > 0);
}

const FEW_RUNS = 6; // a column each fits a page
const SAID: ReadonlySet<string> = new Set(["config", "settings", "augmentation", "data", "code"]); // packages and machines are on the page

const said = (text: string, isThere: boolean): string => (isThere ? text : NO_VALUE);

function differencesBlock({ comparison, t }: CompareReportAsk): Block | null {
  const { shown, differences } = comparison;
  const runs = shown.map(({ id }) => id);
  const rows = (differences ?? []).filter(({ section }) => SAID.has(section)).flatMap((one) => rowOf(one, runs) ?? []);
  if (rows.length === 0) return null;
  const nameOf = (id: string) => shown.find((member) => member.id === id)?.short ?? id;
  if (runs.length <= FEW_RUNS) {
    const cells = rows.map(({ key, cells: values }): Cell[] => [
      { text: key },
      ...runs.map((run) => {
        const value = values.find((one) => one.runs.includes(run));
        return { text: value ? said(value.text, value.isThere) : NO_VALUE };
      }),
    ]);
    return { kind: "table", title: t("report:differences"), isText: true, head: [t("report:setting"), ...shown.map(({ short }) => short)], rows: cells };
  }
  const cells = rows.map(({ key, cells: values }): Cell[] => [
    { text: key },
    { text: values.map(({ text, isThere, runs: of }) => t("report:valueOf", { value: said(text, isThere), count: of.length, names: of.slice(0, 3).map(nameOf).join(", ") })).join("; ") },
  ]);
  return { kind: "table", title: t("report:differences"), isText: true, head: [t("report:setting"), t("report:values")], rows: cells };
}

/** Everything that a report of a comparison holds: of the runs that are shown. */
export async function makeCompareReport(ask: CompareReportAsk): Promise<Report> {
  const { comparison, language, t, nowMs, link } = ask;
  const [metrics, charts] = await Promise.all([metricsBlock(ask), chartBlocks(ask)]);
  const blocks = [runsBlock(ask), metrics, ...charts, differencesBlock(ask)];
  return {
    language,
    title: t("report:comparisonOf", { count: comparison.shown.length }),
    kind: t("report:ofComparison"),
    made: t("report:made", { when: formatInstant(nowMs, language) }),
    link,
    blocks: blocks.filter((block): block is Block => block !== null),
  };
}
