import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { drawnFrom, SIGNS, type BoxView } from "../../../items/drawn";
import { epochOf } from "../../../items/epochs";
import { countsOf, matched } from "../../../items/matching";
import { Picture, sizeOf } from "../../../items/Picture";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { shortName, type Layers } from "./groups";
import styles from "./Gallery.module.css";
import type { Shown } from "./use-pictures";

const NONE: Shown["annotations"] = [];

/** What became of the labels of one picture, in signs. */
function Score({ shown: { annotations }, view }: { shown: Shown; view: BoxView }) {
  const { t } = useTranslation("items");
  const counts = useMemo(() => countsOf(annotations ?? [], matched(annotations ?? [], view.confidence)), [annotations, view.confidence]);
  if (!view.compares || annotations === null) return null;
  return (
    <span className={styles.score} title={t("images.score", { found: counts.found, missed: counts.missed, false: counts.false })}>
      {(["found", "missed", "false"] as const).map((outcome) => (
        <span key={outcome} data-outcome={outcome} data-none={counts[outcome] === 0}>
          {SIGNS[outcome]}
          {counts[outcome]}
        </span>
      ))}
    </span>
  );
}

interface TileProps {
  readonly shown: Shown;
  readonly epoch: number;
  readonly view: BoxView;
  readonly withMask: boolean;
  readonly layers: Layers;
  readonly aspect: number;
  readonly onOpen: (name: string) => void;
}

/** One picture of the gallery, which opens large. */
export const Tile = memo(function Tile({ shown, epoch, view, withMask, layers, aspect, onOpen }: TileProps) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const { item, annotations } = shown;
  const drawn = useMemo(() => drawnFrom(annotations ?? NONE, view), [annotations, view]);
  const own = epochOf(item);
  const { width, height } = sizeOf(layers.base);
  const fit = width / height >= aspect ? { width: "100%" } : { height: "100%" };
  return (
    <button type="button" className={styles.tile} onClick={() => onOpen(item.name)} data-testid={`picture-${item.name}`}>
      <span className={styles.stage} style={{ aspectRatio: aspect }}>
        <Picture item={layers.base} alt={t("images.open", { name: item.name })} drawn={drawn} isSmall withMask={withMask} heat={layers.heat} style={fit} />
      </span>
      <span className={styles.caption}>
        <span className={styles.name} title={item.name}>
          {shortName(item.name)}
        </span>
        {own !== null && own !== epoch ? <span className={styles.older}>{t("epoch", { epoch: formatNumber(own, language) })}</span> : null}
        <Score shown={shown} view={view} />
      </span>
    </button>
  );
});
