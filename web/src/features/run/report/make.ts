import type { QueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { type MediaItem, type RunDetail } from "../../../api/client";
import { durationOf } from "../../../lib/duration";
import { formatDuration, formatInstant, formatMetric, formatNumber } from "../../../lib/format";
import type { ChartPlan } from "../../../panels/plan";
import { chartPictures } from "../../../panels/report/charts";
import type { Block, Fact, Report } from "../../../panels/report/report";
import { itemsQuery, itemNamesQuery, thumbnailUrl } from "../../../items/queries";
import { bestOf } from "../best";
import { partOf } from "../config-rows";
import { sectionsOf, type SectionId } from "../derive";
import { groupsFrom } from "../images/groups";
import { classRows, confusionRows, metricRows } from "./tables";

export interface RunReportAsk {
  readonly client: QueryClient;
  readonly run: RunDetail;
  readonly language: "en" | "zh";
  readonly t: TFunction<["report", "run", "states"]>;
  readonly titleOf: (plan: ChartPlan) => string;
  readonly reasonOf: (text: string) => string;
  readonly nowMs: number;
  readonly link: string;
}

function factsOf({ run, language, t, reasonOf }: RunReportAsk): Fact[] {
  const best = bestOf(run);
  const state = [t(`states:${run.state}`), run.end_reason === null ? "" : reasonOf(run.end_reason)].filter((part) => part !== "");
  const facts: (Fact | null)[] = [
    { label: t("report:project"), value: run.project },
    { label: t("report:state"), value: state.join(" · ") },
    { label: t("run:facts.epoch"), value: run.epochs === null ? String(run.epoch) : `${run.epoch} / ${run.epochs}` },
    best && { label: t("run:facts.bestBy", { metric: best.of.title[language] }), value: `${formatMetric(best.value, language)} · ${t("run:facts.epochAt", { epoch: best.epoch })}` },
    { label: t("run:facts.duration"), value: formatDuration(durationOf(run), language) },
    { label: t("run:facts.step"), value: formatNumber(run.step, language) },
    { label: t("run:facts.started"), value: formatInstant(Date.parse(run.created), language) },
    run.ended === null ? null : { label: t("report:ended"), value: formatInstant(Date.parse(run.ended), language) },
    run.framework === null ? null : { label: t("run:facts.framework"), value: run.framework },
    run.host === null ? null : { label: t("run:facts.host"), value: run.host },
    run.group === null ? null : { label: t("report:group"), value: run.group },
    run.tags.length === 0 ? null : { label: t("report:tags"), value: run.tags.join(", ") },
  ];
  return facts.filter((fact) => fact !== null);
}

const SECTIONS: readonly SectionId[] = ["metric", "loss", "class", "lr", "other", "grad"];
const MOST_CHARTS = 10; // of a section

async function chartBlocks({ client, run, language, t, titleOf }: RunReportAsk): Promise<Block[]> {
  const sections = sectionsOf(run.series).toSorted((a, b) => SECTIONS.indexOf(a.id) - SECTIONS.indexOf(b.id));
  const wanted = sections.filter(({ id }) => SECTIONS.includes(id));
  const look = { look: { axis: "epoch" as const, log: false, smoothing: 0, locale: language, attempts: [] }, window: null, run: run.id, titleOf };
  return Promise.all(
    wanted.map(async ({ id, charts }) => ({ kind: "charts" as const, title: t(`run:sections.${id}`), svgs: await chartPictures(client, charts.slice(0, MOST_CHARTS), look) })),
  );
}

async function confusionBlock({ client, run, language, t }: RunReportAsk): Promise<Block | null> {
  const items = await client.fetchQuery(itemsQuery([run.id], { names: ["confusion"], data: true }));
  const newest = items.findLast(({ superseded, data }) => !superseded && data?.type === "matrix");
  const rows = newest?.data?.type === "matrix" ? confusionRows(newest.data, t("report:background"), language) : null;
  if (!rows) return null;
  const epoch = newest?.epoch ?? null;
  const note = epoch === null ? t("report:confusionNote") : t("report:confusionNoteAt", { epoch });
  return { kind: "matrix", title: t("report:confusion"), note, corner: t("report:predictedTrue"), ...rows };
}

const MOST_PICTURES = 12;

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(typeof reader.result === "string" ? reader.result : ""));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("a picture could not be read")));
    reader.readAsDataURL(blob);
  });
}

async function pictureOf(item: MediaItem, t: RunReportAsk["t"]) {
  const url = thumbnailUrl(item);
  if (url === null) return [];
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) return []; // what this reader may not see is not in the report
  return [{ name: item.epoch === null ? item.name : t("report:pictureAt", { name: item.name, epoch: item.epoch }), data: await dataUrl(await response.blob()) }];
}

/** Thumbnails of the last predictions, or of other pictures where there are none. */
async function pictureBlock({ client, run, t }: RunReportAsk): Promise<Block | null> {
  const [group] = groupsFrom(await client.fetchQuery(itemNamesQuery(run.id)));
  if (!group) return null;
  const names = group.names.slice(0, MOST_PICTURES);
  const items = await client.fetchQuery(itemsQuery([run.id], { names }));
  const newest = names.flatMap((name) => items.findLast((item) => item.name === name && !item.superseded) ?? []);
  const pictures = (await Promise.all(newest.map((item) => pictureOf(item, t)))).flat();
  return pictures.length === 0 ? null : { kind: "pictures", title: t("report:pictures"), pictures };
}

function tableBlocks({ run, language, t }: RunReportAsk): Block[] {
  const [metrics, classes] = [metricRows(run.series, language), classRows(run, language)];
  const blocks: Block[] = [];
  if (metrics.length > 0) {
    blocks.push({ kind: "table", title: t("report:metrics"), head: [t("report:metric"), t("report:best"), t("report:bestEpoch"), t("report:last")], rows: metrics });
  }
  if (classes.length > 0) {
    blocks.push({ kind: "table", title: t("report:classes"), note: t("report:classesNote"), head: [t("report:class"), t("report:precision"), t("report:recall"), "AP50", "AP50-95"], rows: classes });
  }
  return blocks;
}

function settingBlocks({ run, t }: RunReportAsk): Block[] {
  return (["config", "settings", "provenance"] as const).flatMap((id): Block[] => {
    const { rows, folds } = partOf(run[id]);
    const facts = [...rows, ...folds.flatMap(({ key, rows: inner }) => inner.map((row) => ({ ...row, key: `${key}.${row.key}` })))].map(({ key, value }) => ({ label: key, value }));
    return facts.length === 0 ? [] : [{ kind: "settings", title: t(`run:config.${id}`), facts, isFolded: id !== "config" }];
  });
}

/** Everything that a report of one run holds, asked for now. */
export async function makeRunReport(ask: RunReportAsk): Promise<Report> {
  const { run, language, t, nowMs, link } = ask;
  const [charts, confusion, pictures] = await Promise.all([chartBlocks(ask), confusionBlock(ask), pictureBlock(ask)]);
  const note: Block[] = run.note.trim() === "" ? [] : [{ kind: "note", title: t("report:note"), text: run.note }];
  const [main, ...more] = charts.filter((block) => block.kind !== "charts" || block.svgs.length > 0);
  const blocks = [{ kind: "facts" as const, facts: factsOf(ask) }, ...note, ...(main ? [main] : []), ...tableBlocks(ask), ...more, confusion, pictures, ...settingBlocks(ask)];
  return {
    language,
    title: run.name,
    kind: t("report:ofRun"),
    made: t("report:made", { when: formatInstant(nowMs, language) }),
    link,
    blocks: blocks.filter((block): block is Block => block !== null),
  };
}
