import { ActionIcon, Popover } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Drawing } from "../charts/svg";
import { MoreIcon } from "../ui/icons";
import styles from "./ChartPanel.module.css";
import type { PanelContext, PanelLayout } from "./context";
import type { ChartPlan } from "./plan";
import type { PanelSettings } from "./use-settings";

const PanelControls = lazy(() => import("./PanelControls"));

export interface PanelMenuProps {
  readonly plan: ChartPlan;
  readonly title: string;
  readonly context: PanelContext;
  readonly settings: PanelSettings;
  /** What the chart shows at this moment. */
  readonly drawing: () => Drawing;
  readonly layout?: PanelLayout | undefined;
  readonly isFocused: boolean;
  readonly onFocus: () => void;
}

/** The ⋯ of a chart: how it is drawn, where it stands, and what can be taken from it. */
export function PanelMenu(props: PanelMenuProps) {
  const { t } = useTranslation("panels");
  const [isOpen, setOpen] = useState(false);
  const label = t("menu.label", { title: props.title });
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus returnFocus shadow="md" middlewares={{ flip: true, shift: { crossAxis: true, padding: 8 } }} withinPortal={!props.isFocused}>
      <Popover.Target>
        <ActionIcon
          className={styles.menuButton}
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={label}
          title={t("menu.open")}
          data-testid={`menu-${props.plan.key}`}
          onClick={() => setOpen(!isOpen)}
        >
          <MoreIcon />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p="sm" aria-label={label}>
        {isOpen ? (
          <Suspense>
            <PanelControls {...props} onDone={() => setOpen(false)} />
          </Suspense>
        ) : null}
      </Popover.Dropdown>
    </Popover>
  );
}
