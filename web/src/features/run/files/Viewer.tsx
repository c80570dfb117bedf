import { Button, Skeleton, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Histogram, MediaItem, RunDetail } from "../../../api/client";
import { curveColor, curveLines, type CurveLine } from "../../../charts/options/curve-lines";
import { histogramBars } from "../../../charts/options/histogram-bars";
import { textQuery } from "../../../items/content";
import { epochsOf, itemsAt } from "../../../items/epochs";
import { itemsQuery, partUrl } from "../../../items/queries";
import { useClassLabel } from "../../../items/use-class-label";
import { fileName } from "../../../lib/download";
import { formatBytes, formatNumber } from "../../../lib/format";
import { numberFromWire } from "../../../lib/numbers";
import { useLanguage } from "../../../i18n/use-language";
import { CopyButton } from "../../../ui/CopyButton";
import { DownloadIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import { EpochControl } from "../images/Controls";
import { Stage } from "../images/Stage";
import { useZoom } from "../images/use-zoom";
import { useItemsView } from "../use-items-view";
import type { FileEntry } from "./entries";
import styles from "./Files.module.css";
import { barsFrom, curvesFrom, heatFrom } from "./summaries";
import { TableView } from "./TableView";

const Figure = lazy(() => import("../../../charts/Figure"));
const HeatGrid = lazy(() => import("../../../charts/HeatGrid"));

const FIGURE_PX = 420;
const MOST_NAMED = 12;

function DownloadLink({ item, part, name }: { item: MediaItem; part: "data" | "image"; name: string }) {
  const { t } = useTranslation("items");
  const url = partUrl(item, part);
  if (url === null) return <span className={styles.dim}>{t("files.onItsWay")}</span>;
  return (
    <Button component="a" href={url} download={name} size="compact-sm" variant="default" leftSection={<DownloadIcon />}>
      {t("files.download")}
    </Button>
  );
}

function TextView({ item }: { item: MediaItem }) {
  const { t } = useTranslation("items");
  const { data, error, refetch } = useQuery(textQuery(item));
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  return (
    <>
      <div className={styles.bar}>
        <DownloadLink item={item} part="data" name={fileName(item.name, "txt")} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is scrolled by the keyboard, too */}
      {data === undefined ? <Skeleton height={240} /> : <pre className={styles.text} tabIndex={0} aria-label={item.name} data-testid="text">{data}</pre>}
    </>
  );
}

function PictureView({ item }: { item: MediaItem }) {
  const zoom = useZoom();
  const view = { confidence: 0, hidden: new Set<number>(), sides: "both" as const, compares: false, byClass: true };
  return (
    <>
      <div className={styles.bar}>
        <DownloadLink item={item} part="image" name={fileName(item.name, item.parts.some(({ media_type }) => media_type === "image/png") ? "png" : "webp")} />
      </div>
      <div className={styles.picture}>
        <Stage shown={{ item, annotations: [] }} layers={{ base: item, heat: null }} view={view} withMask={false} zoom={zoom} caption="" />
      </div>
    </>
  );
}

function ArtifactView({ item }: { item: MediaItem }) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const part = item.parts.find(({ role }) => role === "data");
  const rows = [
    [t("files.name"), item.name],
    [t("files.size"), part ? formatBytes(part.size_bytes, language) : "–"],
    ["SHA-256", part?.digest ?? "–"],
  ] as const;
  return (
    <>
      <dl className={styles.facts} data-testid="artifact">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
              <CopyButton text={value} label={t("files.copy")} doneLabel={t("files.copied")} />
            </dd>
          </div>
        ))}
      </dl>
      <div className={styles.bar}>
        <DownloadLink item={item} part="data" name={item.name.split("/").at(-1) ?? item.name} />
      </div>
    </>
  );
}

function Moments({ histogram }: { histogram: Histogram }) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const number = (value: Histogram["mean"]) => formatNumber(numberFromWire(value), language);
  const facts = [
    ["total", formatNumber(histogram.total, language)],
    ["mean", number(histogram.mean)],
    ["deviation", number(histogram.deviation)],
    ["least", number(histogram.least)],
    ["most", number(histogram.most)],
    ["broken", formatNumber(histogram.nan + histogram.inf, language)],
  ] as const;
  return (
    <p className={styles.moments}>
      {facts.map(([key, value]) => (
        <span key={key}>
          {t(`files.moments.${key}`)} <b>{value}</b>
        </span>
      ))}
    </p>
  );
}

/** What the curves are called; of many the picture says it where the pointer is. */
function CurveKey({ lines }: { lines: readonly CurveLine[] }) {
  const theme = useComputedColorScheme("light");
  if (lines.length < 2 || lines.length > MOST_NAMED) return null;
  return (
    <ul className={styles.key}>
      {lines.map((line) => (
        <li key={line.id} title={line.label}>
          <i style={{ background: curveColor(theme, line) }} />
          {line.label}
        </li>
      ))}
    </ul>
  );
}

function SummaryView({ item }: { item: MediaItem }) {
  const { t } = useTranslation("items");
  const theme = useComputedColorScheme("light");
  const locale = useLanguage();
  const labelOf = useClassLabel();
  const { data, name } = item;
  const made = useMemo(() => {
    if (data?.type === "matrix") return { kind: "heat", heat: heatFrom(data, labelOf, locale), matrix: data } as const;
    if (data?.type === "curve") {
      const curves = curvesFrom(data, labelOf, { theme, locale });
      return { kind: "figure", option: curveLines(curves), histogram: null, lines: curves.lines } as const;
    }
    if (data?.type === "histogram") return { kind: "figure", option: histogramBars(barsFrom(data, { x: name, y: t("files.values") }, { theme, locale })), histogram: data, lines: [] } as const;
    return null;
  }, [data, name, labelOf, locale, theme, t]);
  if (!made) return <p className={styles.dim}>{t("files.onItsWay")}</p>;
  if (made.kind === "figure") {
    return (
      <>
        <Suspense fallback={<Skeleton height={FIGURE_PX} />}>
          <Figure name={name} label={name} option={made.option} height={FIGURE_PX} />
        </Suspense>
        {made.histogram ? <Moments histogram={made.histogram} /> : <CurveKey lines={made.lines} />}
      </>
    );
  }
  const { heat, matrix } = made;
  const axis = `${matrix.rows.name || t("files.rowsAxis")} ↓ · ${matrix.columns.name || t("files.columnsAxis")} →`;
  return (
    <>
      <p className={styles.dim}>{axis}</p>
      <Suspense fallback={<Skeleton height={FIGURE_PX} />}>
        <HeatGrid name={name} label={`${name}. ${axis}`} heat={heat} theme={theme} height={560} told={({ row, column }) => `${heat.rowLabels[row]} · ${heat.columnLabels[column]}: ${formatNumber(numberFromWire(matrix.values[row]?.[column]), locale)}`} />
      </Suspense>
    </>
  );
}

function Content({ kind, item }: { kind: FileEntry["kind"]; item: MediaItem }) {
  const { t } = useTranslation("items");
  if (kind === "text") return <TextView item={item} />;
  if (kind === "figure") return <PictureView item={item} />;
  if (kind === "artifact") return <ArtifactView item={item} />;
  if (kind !== "table") return <SummaryView item={item} />;
  return item.data?.type === "table" ? <TableView table={item.data} name={item.name} /> : <p className={styles.dim}>{t("files.onItsWay")}</p>;
}

/** One name at the chosen epoch: what came first without its data, then that of the one that is looked at. */
export function Viewer({ run, entry }: { run: RunDetail; entry: FileEntry }) {
  const { t } = useTranslation("items");
  const [{ at }, change] = useItemsView();
  const ask = { names: [entry.name], kinds: [entry.kind] };
  const listed = useQuery(itemsQuery([run.id], ask));
  const items = useMemo(() => listed.data?.filter(({ name, kind }) => name === entry.name && kind === entry.kind) ?? [], [listed.data, entry]);
  const epochs = useMemo(() => epochsOf(items), [items]);
  const epoch = epochs.findLast((one) => one <= (at ?? Infinity)) ?? epochs[0] ?? 0;
  const bare = itemsAt(items, epoch).get(entry.name);
  const window = bare?.epoch == null ? {} : { fromEpoch: bare.epoch, toEpoch: bare.epoch };
  const isSummary = ["table", "matrix", "curve", "histogram"].includes(entry.kind);
  const full = useQuery(itemsQuery([run.id], { ...ask, ...window, data: true }, isSummary && bare !== undefined));
  const error = listed.error ?? full.error;
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void Promise.all([listed.refetch(), full.refetch()]) }} />;
  const item = isSummary ? full.data?.findLast(({ id }) => id === bare?.id) : bare;
  return (
    <article className={styles.viewer}>
      <header>
        <h2 title={entry.name}>{entry.name}</h2>
        <EpochControl epochs={epochs} epoch={epoch} onChange={(value) => change({ at: value === epochs.at(-1) ? undefined : value })} />
      </header>
      {item ? <Content kind={entry.kind} item={item} /> : <Skeleton height={240} />}
    </article>
  );
}
