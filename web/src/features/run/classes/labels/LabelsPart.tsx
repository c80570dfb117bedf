import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MediaItem } from "../../../../api/client";
import { histogramBars } from "../../../../charts/options/histogram-bars";
import { lineColor } from "../../../../charts/palette";
import { useLanguage } from "../../../../i18n/use-language";
import styles from "../Classes.module.css";
import type { PartProps } from "../ClassesTab";
import { LazyFigure } from "../LazyFigure";
import { useNewest } from "../queries";
import { useTheme } from "../use-look";
import { useNaming } from "../use-name";
import { ClassBars } from "./ClassBars";
import { bars, binsOf, facts, HISTOGRAMS, labelsOf, SPLITS, type HistogramName } from "./derive";
import { Facts, SetTable } from "./Facts";
import { PositionMap, SizeMap } from "./LabelMap";
import own from "./Labels.module.css";

const NAMES = SPLITS.flatMap((split) => ["images", "classes", "sizes", "positions", ...HISTOGRAMS].map((what) => `labels/${split}/${what}`));

/** One distribution, of the training and of the validation. */
function Distribution({ what, newest }: { what: HistogramName; newest: ReadonlyMap<string, MediaItem> }) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const locale = useLanguage();
  const option = useMemo(() => {
    const found = SPLITS.flatMap((split) => {
      const data = newest.get(`labels/${split}/${what}`)?.data;
      return data?.type === "histogram" ? [{ split, ...binsOf(data) }] : [];
    });
    const [first] = found;
    if (!first) return null;
    const alike = found.filter(({ edges }) => edges.length === first.edges.length && edges.at(-1) === first.edges.at(-1));
    const sets = alike.map(({ split, counts }) => ({ label: t(split), counts }));
    return histogramBars({ edges: first.edges, sets, xName: t(`histograms.${what}.x`), yName: "", theme, locale });
  }, [newest, what, theme, locale, t]);
  if (!option) return null;
  return (
    <section className={styles.card}>
      <h3>{t(`histograms.${what}.title`)}</h3>
      <LazyFigure name={`labels-${what}`} label={t("histogramLabel", { title: t(`histograms.${what}.title`) })} option={option} height={180} />
    </section>
  );
}

/** Which colour is which set, once for all pictures. */
function SetKey() {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  return (
    <ul className={own.key}>
      {SPLITS.map((split, at) => (
        <li key={split}>
          <span className={own.swatch} data-line={at > 0} style={{ color: lineColor(theme, at) }} />
          {t(split)}
        </li>
      ))}
    </ul>
  );
}

/** What the labels are like, and what of it stands out. */
export default function LabelsPart({ run }: PartProps) {
  const naming = useNaming(run);
  const newest = useNewest(run.id, NAMES);
  const [train, val] = useMemo(() => [labelsOf(newest, "train"), labelsOf(newest, "val")] as const, [newest]);
  const all = useMemo(() => bars(train, val), [train, val]);
  const found = useMemo(() => facts(train, val), [train, val]);
  const size: unknown = run.settings.imgsz ?? run.config.imgsz;
  return (
    <>
      <Facts facts={found} naming={naming} imgsz={typeof size === "number" ? size : null} />
      <SetKey />
      <div className={own.parts}>
        <div className={own.side}>
          {all.length > 0 ? <ClassBars bars={all} naming={naming} /> : null}
          <SetTable train={train} val={val} />
        </div>
        <div className={styles.grid}>
          {HISTOGRAMS.map((what) => (
            <Distribution key={what} what={what} newest={newest} />
          ))}
          {SPLITS.map((split) => (
            <SizeMap key={split} split={split} newest={newest} />
          ))}
          {SPLITS.map((split) => (
            <PositionMap key={split} split={split} newest={newest} />
          ))}
        </div>
      </div>
    </>
  );
}
