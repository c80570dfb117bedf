import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Embedding } from "../../../items/content";
import { drawnFrom } from "../../../items/drawn";
import type { Seen } from "../../../items/embedding-pictures";
import { matched } from "../../../items/matching";
import { Picture } from "../../../items/Picture";
import type { Spot } from "../../../items/plane";
import { useClassLabel } from "../../../items/use-class-label";
import { CONFIDENCE } from "../images/use-box-view";
import styles from "./Embedding.module.css";

const WIDTH_PX = 190;

/** The picture of a point with the point's own label, and the prediction that found it. */
function SeenPicture({ seen: { item, annotations, label } }: { seen: Seen }) {
  const { t } = useTranslation("items");
  const match = useMemo(() => matched(annotations, CONFIDENCE).get(label.at), [annotations, label]);
  const prediction = annotations.find(({ at }) => at === match?.partner);
  const drawn = useMemo(() => drawnFrom([label], { confidence: 0, hidden: new Set(), sides: "both", compares: false, byClass: true }), [label]);
  return (
    <>
      <span className={styles.fact}>{prediction?.score == null ? t("model.notFound") : t("model.foundWith", { score: prediction.score.toFixed(2) })}</span>
      <Picture item={item} alt={item.name} drawn={drawn} isSmall withMask={false} />
    </>
  );
}

interface PointTipProps {
  readonly at: Spot;
  readonly size: { readonly width: number; readonly height: number };
  readonly embedding: Embedding;
  readonly vector: number;
  readonly seen: Seen | null;
}

/** What a point is. */
export function PointTip({ at: [x, y], size, embedding, vector, seen }: PointTipProps) {
  const { t } = useTranslation("items");
  const labelOf = useClassLabel();
  const image = embedding.images[vector] ?? -1;
  const side = x > size.width / 2 ? { right: size.width - x + 12 } : { left: x + 12 };
  const end = y > size.height / 2 ? { bottom: size.height - y } : { top: y };
  return (
    <div className={styles.tip} style={{ ...side, ...end, width: WIDTH_PX }} data-testid="point-tip">
      <b>{labelOf(embedding.classes[vector] ?? -1, embedding.titles[vector])}</b>
      {image < 0 ? null : <span className={styles.fact}>{t("model.image", { number: image })}</span>}
      {seen ? <SeenPicture seen={seen} /> : null}
    </div>
  );
}
