import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { recall, remember } from "../../lib/storage";
import { parseLayout, type ChartLayout } from "../../panels/layout";
import type { SectionPlan } from "./derive";
import { layoutOf, searchOfLayout, type LayoutSearch } from "./layout-search";
import { route } from "./route";

export interface KeptLayout {
  readonly layout: ChartLayout;
  readonly change: (next: (now: ChartLayout) => ChartLayout) => void;
}

interface Kept {
  readonly layout: ChartLayout;
  /** What the address said when it was arranged like that: it counts until the address has followed. */
  readonly over: LayoutSearch | undefined;
}

/**
 * The arrangement of a run's charts: what the address says, or what this browser remembers of the project. What is
 * remembered goes into the address, so that a copied link shows it to another; what is changed goes to both.
 */
export function useLayout(project: string, sections: readonly SectionPlan[]): KeptLayout {
  const key = `yoloscope.charts.${project}`;
  const { layout: said } = route.useSearch();
  const navigate = route.useNavigate();
  const [kept, keep] = useState<Kept>(() => ({ layout: parseLayout(recall(key)), over: undefined }));
  const layout = useMemo(() => (said === undefined || said === kept.over ? kept.layout : layoutOf(said)), [said, kept]);
  const current = useRef({ layout, said, sections });
  useEffect(() => {
    current.current = { layout, said, sections };
  }, [layout, said, sections]);
  useEffect(() => remember(key, JSON.stringify(kept.layout)), [key, kept.layout]);
  const say = useCallback(
    (next: ChartLayout) =>
      void navigate({ search: (now) => ({ ...now, layout: searchOfLayout(next, current.current.sections) }), replace: true, resetScroll: false }),
    [navigate],
  );
  const isUnsaid = said === undefined && searchOfLayout(layout, sections) !== undefined;
  useEffect(() => {
    if (isUnsaid) say(current.current.layout);
  }, [isUnsaid, say]);
  const change = useCallback<KeptLayout["change"]>(
    (next) => {
      const made = next(current.current.layout);
      current.current = { ...current.current, layout: made };
      keep({ layout: made, over: current.current.said });
      say(made);
    },
    [say],
  );
  return { layout, change };
}
