import type { Matrix } from "../../../../api/client";
import { valuesOf } from "../columns";

/** The counts of a matrix, row by row, and how strongly each is drawn: by its root, so that rare ones are seen too. */
export function mapOf({ height, width, values }: Pick<Matrix, "height" | "width" | "values">) {
  const counts = values.flatMap(valuesOf);
  const most = Math.max(1, ...counts);
  return {
    shape: { rows: height, columns: width },
    shares: counts.map((count) => Math.sqrt(count / most)),
    counts,
    total: counts.reduce((sum, count) => sum + count, 0),
  };
}
