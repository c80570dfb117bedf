import { ActionIcon } from "@mantine/core";
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CloseIcon, LeftIcon, RightIcon } from "../ui/icons";
import styles from "./ChartPanel.module.css";
import type { PanelContext } from "./context";
import { PanelBody } from "./PanelBody";
import type { ChartPlan } from "./plan";
import { useChartTitle } from "./use-chart-title";

interface FocusDialogProps {
  /** The charts in the order in which the arrow keys show them. */
  readonly plans: readonly ChartPlan[];
  readonly chart: string;
  readonly context: PanelContext;
  /** Shows another chart; null closes. */
  readonly onShow: (chart: string | null) => void;
}

const nothing = () => undefined;

/** Whether a key belongs to what has the focus: arrows move the cursor of a chart, a slider, the caret of a field. */
function isTaken(target: EventTarget): boolean {
  return target instanceof Element && target.closest("input, select, textarea, [role=slider], [role=img], [role=dialog], [role=radiogroup]") !== null;
}

/** Opens the dialog over everything else, with the keys for itself. */
function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element || element.open) return undefined;
    element.showModal();
    element.focus(); // the arrow keys are for the charts, not for the first button
    return () => element.close();
  }, []);
  return dialog;
}

/** By how many charts a key goes on; undefined for another key. */
const BY: Readonly<Record<string, number>> = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1 };

/** One chart on the whole page; the arrow keys go through the others. */
export default function FocusDialog({ plans, chart, context, onShow }: FocusDialogProps) {
  const dialog = useModal();
  const at = Math.max(0, plans.findIndex(({ key }) => key === chart));
  const plan = plans[at];
  if (!plan) return null;

  function go(by: number): void {
    const next = plans[(at + by + plans.length) % plans.length];
    if (next && plans.length > 1) onShow(next.key);
  }

  function onKey(event: KeyboardEvent): void {
    const by = BY[event.key];
    if (by === undefined || (event.key.startsWith("Arrow") && isTaken(event.target))) return;
    event.preventDefault();
    go(by);
  }

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of a dialog go through its charts
    <dialog
      ref={dialog}
      className={styles.focus}
      tabIndex={-1}
      aria-labelledby="focus-title"
      data-testid="focus"
      onKeyDown={onKey}
      onCancel={(event) => {
        event.preventDefault();
        onShow(null);
      }}
    >
      <FocusBar plan={plan} at={at} of={plans.length} go={go} onClose={() => onShow(null)} />
      <div className={styles.focusBody}>
        <PanelBody key={plan.key} plan={plan} context={context} isFocused onFocus={nothing} />
      </div>
    </dialog>
  );
}

function BarButton({ label, icon, run }: { label: string; icon: ReactNode; run: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} onClick={run}>
      {icon}
    </ActionIcon>
  );
}

interface FocusBarProps {
  readonly plan: ChartPlan;
  readonly at: number;
  readonly of: number;
  readonly go: (by: number) => void;
  readonly onClose: () => void;
}

function FocusBar({ plan, at, of, go, onClose }: FocusBarProps) {
  const { t } = useTranslation("panels");
  const title = useChartTitle(plan);
  return (
    <div className={styles.focusBar}>
      <span className={styles.focusPlace} id="focus-title">
        {of > 1 ? `${title} · ${t("focus.place", { at: at + 1, of })}` : title}
      </span>
      {of > 1 ? (
        <>
          <BarButton label={t("focus.previous")} icon={<LeftIcon />} run={() => go(-1)} />
          <BarButton label={t("focus.next")} icon={<RightIcon />} run={() => go(1)} />
        </>
      ) : null}
      <BarButton label={t("focus.close")} icon={<CloseIcon />} run={onClose} />
    </div>
  );
}
