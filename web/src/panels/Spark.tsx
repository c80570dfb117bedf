import { useQuery } from "@tanstack/react-query";
import type { XAxis } from "../lib/columns";
import { sparkPath } from "../lib/spark";
import { chartQuery } from "./queries";
import styles from "./Spark.module.css";

const BOX = { width: 100, height: 24 };
const EDGE = 2; // keeps the stroke within the picture
const BUCKETS = 48;

interface SparkProps {
  readonly run: string;
  readonly name: string;
  readonly axis: XAxis;
  readonly label: string;
}

/** One series in the size of a word; it fills the box that it is given. */
export function Spark({ run, name, axis, label }: SparkProps) {
  const { data } = useQuery(chartQuery([run], { names: [name], x: axis, window: null, buckets: BUCKETS }, true));
  const columns = data?.[0];
  const path = columns ? sparkPath(columns.x, columns.mean, BOX) : "";
  if (path === "") return null;
  return (
    <svg className={styles.spark} viewBox={`0 ${-EDGE} ${BOX.width} ${BOX.height + 2 * EDGE}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={path} />
    </svg>
  );
}
