import { lazy, memo, Suspense, useCallback, useState, type ReactNode } from "react";
import type { PanelContext, PanelLayout } from "./context";
import { PanelBody } from "./PanelBody";
import type { ChartPlan } from "./plan";

export type { PanelContext, PanelLayout } from "./context";

const FocusDialog = lazy(() => import("./FocusDialog"));

interface ChartPanelProps {
  readonly plan: ChartPlan;
  readonly context: PanelContext;
  /** What can be done with its place; without it the place is fixed. */
  readonly layout?: PanelLayout;
  readonly children?: ReactNode;
}

/** A chart with its query, title, menu and legend. It opens over the whole page by itself where the page does not do that. */
export const ChartPanel = memo(function ChartPanel({ plan, context, layout, children }: ChartPanelProps) {
  const [isOpen, setOpen] = useState(false);
  const { onFocus } = context;
  const focus = useCallback(() => (onFocus ? onFocus(plan.key) : setOpen(true)), [onFocus, plan.key]);
  return (
    <>
      <PanelBody plan={plan} context={context} layout={layout} onFocus={focus}>
        {children}
      </PanelBody>
      {isOpen ? (
        <Suspense>
          <FocusDialog plans={[plan]} chart={plan.key} context={context} onShow={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
});
