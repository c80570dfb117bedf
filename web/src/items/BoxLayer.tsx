import styles from "./Picture.module.css";
import { SIGNS, type DrawnBox } from "./drawn";
import { useClassLabel } from "./use-class-label";

const VISIBLE = 0.25; // a key point less sure than this is not drawn; of labels 0 is "not there"

const SCORE_DIGITS = 2;

const pointsOf = (corners: readonly (readonly [number, number])[]) => corners.map(([x, y]) => `${x},${y}`).join(" ");

function Shape({ drawn: { annotation, color } }: { drawn: DrawnBox }) {
  const { box, outline, isTruth } = annotation;
  const [x, y] = box;
  const size = { x, y, width: Math.max(0, box[2] - x), height: Math.max(0, box[3] - y) };
  const hasOutline = outline.length > 2;
  return (
    <g className={styles.shape} data-truth={isTruth} style={{ color }}>
      <rect {...size} className={styles.rim} />
      <rect {...size} className={styles.line} data-thin={hasOutline} />
      {hasOutline ? <polygon points={pointsOf(outline)} className={styles.outline} /> : null}
    </g>
  );
}

/** Key points as crosses of labels and dots of predictions, which keep their size whatever the zoom. */
function Keypoints({ drawn: { annotation, color }, width, height }: { drawn: DrawnBox; width: number; height: number }) {
  return annotation.keypoints.map(([x, y, seen], at) =>
    seen < VISIBLE ? null : (
      <i
        // oxlint-disable-next-line react/no-array-index-key -- a key point is told by its place
        key={at}
        className={styles.keypoint}
        data-truth={annotation.isTruth}
        style={{ left: `${(100 * x) / width}%`, top: `${(100 * y) / height}%`, color }}
      />
    ),
  );
}

function Tag({ drawn, width, height }: { drawn: DrawnBox; width: number; height: number }) {
  const labelOf = useClassLabel();
  const { annotation, outcome, color } = drawn;
  const [x, y] = annotation.box;
  const score = annotation.score === null ? "" : annotation.score.toFixed(SCORE_DIGITS);
  const isHigh = y < height * 0.08; // no room above the box
  const room = Math.max(0, 100 - (100 * x) / width);
  return (
    <span
      className={styles.tag}
      data-inside={isHigh}
      style={{ left: `${(100 * Math.max(0, x)) / width}%`, top: `${(100 * Math.max(0, y)) / height}%`, maxWidth: `${room}%`, background: color }}
    >
      {outcome ? <b>{SIGNS[outcome]}</b> : null}
      <span>{labelOf(annotation.kind, annotation.title)}</span>
      {score === "" ? null : <em>{score}</em>}
    </span>
  );
}

interface BoxLayerProps {
  readonly drawn: readonly DrawnBox[];
  /** Of the picture, in its own pixels. */
  readonly width: number;
  readonly height: number;
}

/** Labels dashed, predictions solid, each with its class: data drawn over a picture that has none of it in its pixels. */
export function BoxLayer({ drawn, width, height }: BoxLayerProps) {
  return (
    <div className={styles.layer} aria-hidden="true" data-testid="boxes" data-boxes={drawn.length}>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
        {drawn.map((one) => (
          <Shape key={one.annotation.at} drawn={one} />
        ))}
      </svg>
      {drawn.map((one) => (
        <Keypoints key={one.annotation.at} drawn={one} width={width} height={height} />
      ))}
      {drawn.map((one) => (one.isTagged ? <Tag key={one.annotation.at} drawn={one} width={width} height={height} /> : null))}
    </div>
  );
}
