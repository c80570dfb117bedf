import type { SeriesInfo } from "../../../api/client";

const VALIDATION = /^val\/(.*loss.*)$/;
const GAP = "derived/gap/";

/** The series of how far validation lies behind training: of all components together, else of the only one; null for a run without both. */
export function gapSeries(series: readonly Pick<SeriesInfo, "name">[]): string | null {
  const names = new Set(series.map(({ name }) => name));
  const parts = [...names].flatMap((name) => {
    const loss = VALIDATION.exec(name)?.[1];
    return loss !== undefined && names.has(`train/${loss}`) ? [loss.replace(/_loss$/, "")] : [];
  });
  if (parts.length > 1) return `${GAP}total`;
  return parts[0] === undefined ? null : GAP + parts[0];
}
