import { ActionIcon, Skeleton } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Heat } from "../../../../charts/heat-paint";
import { tintGradient, type Place } from "../../../../charts/options/heatmap";
import { useLanguage } from "../../../../i18n/use-language";
import { formatNumber } from "../../../../lib/format";
import { Notice } from "../../../../ui/Notice";
import { ZoomInIcon, ZoomOutIcon } from "../../../../ui/icons";
import { Choice } from "../Choice";
import styles from "../Classes.module.css";
import type { PartProps } from "../ClassesTab";
import { EpochBar } from "../EpochBar";
import { LazyGrid } from "../LazyGrid";
import { BACKGROUND } from "../names";
import { nearestEpoch, useEpochs, useItemsAt } from "../queries";
import { SHARES, type Share } from "../search";
import { useTheme } from "../use-look";
import { useNaming, type Naming } from "../use-name";
import { useClassesView } from "../use-view";
import { useMixWords, useNumbers } from "../use-words";
import { CellPanel } from "./CellPanel";
import own from "./Confusion.module.css";
import { confusionOf, mixAt, placeOf, rightShare, sharesOf, type Confusion } from "./derive";
import { TopMixes } from "./TopMixes";

const NAMES = ["confusion"];
const ZOOM_MOST = 64;

/** What the grid draws of a matrix. */
function useHeat(confusion: Confusion, share: Share | undefined, naming: Naming): Heat {
  const language = useLanguage();
  return useMemo(() => {
    const { classes, counts } = confusion;
    const shares = sharesOf(confusion, share);
    const labels = classes.map(naming.ofNumber);
    const textOf = (row: number, column: number) => {
      const at = row * classes.length + column;
      return share === undefined ? formatNumber(counts[at] ?? 0, language) : formatNumber(Math.round((shares[at] ?? 0) * 100), language);
    };
    const tintOf = (row: number, column: number) => (row === column ? ("cool" as const) : ("warm" as const));
    return { shape: { rows: classes.length, columns: classes.length }, shares, tintOf, textOf, rowLabels: labels, columnLabels: labels };
  }, [confusion, share, naming, language]);
}

function useTold(confusion: Confusion, naming: Naming): (place: Place) => string {
  const { t } = useTranslation("classes");
  const { percent } = useNumbers();
  const say = useMixWords(naming);
  return ({ row, column }) => {
    const mix = mixAt(confusion, row, column);
    const byPredicted = mix.true === BACKGROUND || mix.predicted === BACKGROUND ? "" : `\n${t("ofPredictions", { percent: percent(mix.count, confusion.predictions[row] ?? 0), name: naming.ofNumber(mix.predicted) })}`;
    return say(mix) + byPredicted;
  };
}

function ScaleKey() {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  return (
    <ul className={own.key}>
      {(["cool", "warm"] as const).map((tint) => (
        <li key={tint}>
          <span className={own.scale} style={{ background: tintGradient(theme, tint) }} />
          {t(`tints.${tint}`)}
        </li>
      ))}
    </ul>
  );
}

function Grid({ confusion, naming, picked, onPick }: { confusion: Confusion; naming: Naming; picked: Place | null; onPick: (place: Place) => void }) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const [{ share }] = useClassesView();
  const [zoom, setZoom] = useState(1);
  const heat = useHeat(confusion, share, naming);
  const told = useTold(confusion, naming);
  const many = confusion.classes.length > 12;
  return (
    <>
      <div className={own.above}>
        <span className={own.axes}>{t("axesOfMatrix")}</span>
        <ScaleKey />
        {many ? (
          <span className={own.zoom}>
            <ActionIcon variant="subtle" color="gray" aria-label={t("zoomOut")} title={t("zoomOut")} disabled={zoom === 1} onClick={() => setZoom(Math.max(1, zoom / 2))}>
              <ZoomOutIcon />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={t("zoomIn")} title={t("zoomIn")} data-testid="confusion-zoom" disabled={zoom >= ZOOM_MOST} onClick={() => setZoom(zoom * 2)}>
              <ZoomInIcon />
            </ActionIcon>
          </span>
        ) : null}
      </div>
      <LazyGrid name="confusion" label={t("matrixLabel", { count: confusion.classes.length })} heat={heat} theme={theme} height={700} zoom={zoom} picked={picked} told={told} onPick={onPick} />
    </>
  );
}

/** What was taken for what, at any epoch. */
export default function ConfusionPart({ run }: PartProps) {
  const { t } = useTranslation("classes");
  const naming = useNaming(run);
  const { number } = useNumbers();
  const [view, change] = useClassesView();
  const epochs = useEpochs(run.id, "confusion");
  const epoch = nearestEpoch(epochs, view.epoch);
  const { items, error, retry } = useItemsAt(run.id, NAMES, epoch);
  const data = items.at(-1)?.data;
  const confusion = useMemo(() => (data?.type === "matrix" ? confusionOf(data) : null), [data]);
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: retry }} />;
  if (!confusion || epoch === null) return data ? <Notice title={t("noMatrix")} /> : <Skeleton height={420} />;
  const picked = view.cell ? placeOf(confusion, view.cell) : null;
  const pick = (predicted: number, actual: number) => {
    const same = view.cell?.predicted === predicted && view.cell.true === actual;
    change({ cell: same ? undefined : { predicted, true: actual } });
  };
  return (
    <>
      <p className={styles.lead}>{t("rightShare", { percent: number(Math.round(rightShare(confusion) * 1000) / 10) })}</p>
      <div className={styles.controls}>
        <Choice
          name="share"
          label={t("share")}
          options={[{ value: "counts", label: t("shares.counts") }, ...SHARES.map((value) => ({ value, label: t(`shares.${value}`) }))]}
          value={view.share ?? "counts"}
          onChange={(value) => change({ share: SHARES.find((one) => one === value) })}
        />
        <div className={styles.epochs}>
          <EpochBar epochs={epochs} value={epoch} onChange={(next) => change({ epoch: next })} />
        </div>
      </div>
      <div className={styles.split} data-open="true">
        <div className={styles.card}>
          <Grid confusion={confusion} naming={naming} picked={picked} onPick={({ row, column }) => pick(confusion.classes[row] ?? BACKGROUND, confusion.classes[column] ?? BACKGROUND)} />
        </div>
        <div className={own.side}>
          {view.cell && picked ? <CellPanel run={run} cell={view.cell} confusion={confusion} epochs={epochs} epoch={epoch} naming={naming} onClose={() => change({ cell: undefined })} /> : null}
          <TopMixes confusion={confusion} naming={naming} picked={view.cell} onPick={(mix) => pick(mix.predicted, mix.true)} />
        </div>
      </div>
    </>
  );
}
