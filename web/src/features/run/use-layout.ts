import { useEffect, useState } from "react";
import { recall, remember } from "../../lib/storage";
import { parseLayout, type ChartLayout } from "../../panels/layout";

export interface KeptLayout {
  readonly layout: ChartLayout;
  readonly change: (next: (now: ChartLayout) => ChartLayout) => void;
}

/** The reader's arrangement of a project's charts, remembered in this browser. */
export function useLayout(project: string): KeptLayout {
  const key = `yoloscope.charts.${project}`;
  const [layout, change] = useState(() => parseLayout(recall(key)));
  useEffect(() => remember(key, JSON.stringify(layout)), [key, layout]);
  return { layout, change };
}
