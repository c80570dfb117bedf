import { ActionIcon, Button, Popover, SegmentedControl, Slider } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { medianWidth } from "../../charts/median";
import { X_AXES } from "../../lib/columns";
import type { SeriesShape } from "../../panels/plan";
import { movedWindow, type Viewport } from "../../series/viewport";
import { DownIcon, LeftIcon, ResetIcon, RightIcon, ZoomInIcon, ZoomOutIcon } from "../../ui/icons";
import type { Arranged } from "./arrange";
import { ChartSearchField } from "./ChartSearchField";
import { DisplayControls } from "./DisplayControls";
import { route, useViewChange, zoomedTo } from "./route";
import { windowOf } from "./search";
import styles from "./Toolbar.module.css";
import type { KeptLayout } from "./use-layout";
import type { Smoothing } from "./use-smoothing";
import { useViewCommands } from "./use-view-commands";

function AxisChoice() {
  const { t } = useTranslation("run");
  const { x } = route.useSearch();
  const change = useViewChange();
  const data = X_AXES.map((axis) => ({ value: axis, label: <span data-testid={`axis-${axis}`}>{t(`toolbar.${axis}`)}</span> }));
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      aria-label={t("toolbar.axis")}
      data={data}
      value={x ?? "step"}
      onChange={(axis) => change({ x: X_AXES.find((one) => one === axis && one !== "step"), ...zoomedTo(null) })}
    />
  );
}

function ScaleChoice() {
  const { t } = useTranslation("run");
  const { scale } = route.useSearch();
  const change = useViewChange();
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      aria-label={t("toolbar.scale")}
      data={[
        { value: "linear", label: <span data-testid="scale-linear">{t("toolbar.linear")}</span> },
        { value: "log", label: <span data-testid="scale-log">{t("toolbar.log")}</span> },
      ]}
      value={scale ?? "linear"}
      onChange={(value) => change({ scale: value === "log" ? "log" : undefined })}
    />
  );
}

function SmoothingSlider({ smoothing }: { smoothing: Smoothing }) {
  const { t } = useTranslation("run");
  const { by } = route.useSearch();
  const { weight } = smoothing;
  return (
    <div className={styles.smoothing}>
      <span id="smoothing-label">{t("toolbar.smoothing")}</span>
      <Slider
        className={styles.slider}
        size="xs"
        min={0}
        max={0.99}
        step={0.01}
        label={null}
        value={smoothing.weight}
        onChange={smoothing.preview}
        onChangeEnd={smoothing.commit}
        thumbProps={{ "aria-labelledby": "smoothing-label" }}
        data-testid="smoothing"
      />
      <span className={styles.value} data-testid="smoothing-value">
        {by === "median" && weight > 0 ? medianWidth(weight) : weight.toFixed(2)}
      </span>
    </div>
  );
}

/** Only where an attempt was resumed is there anything that was superseded. */
function SupersededSwitch() {
  const { t } = useTranslation("run");
  const { superseded = false } = route.useSearch();
  const change = useViewChange();
  return (
    <Button
      variant={superseded ? "light" : "default"}
      size="compact-sm"
      aria-pressed={superseded}
      title={t("toolbar.supersededWhat")}
      data-testid="superseded"
      onClick={() => change({ superseded: superseded ? undefined : true })}
    >
      {t("toolbar.superseded")}
    </Button>
  );
}

/** What is chosen less often: behind one button. */
function Display(props: { axes: readonly SeriesShape[]; kept: KeptLayout }) {
  const { t } = useTranslation("panels");
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button variant="default" size="compact-sm" rightSection={<DownIcon />} data-testid="display" onClick={() => setOpen(!isOpen)}>
          {t("page.display")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm" aria-label={t("page.displayLabel")}>
        {isOpen ? <DisplayControls {...props} /> : null}
      </Popover.Dropdown>
    </Popover>
  );
}

interface StepProps {
  readonly label: string;
  readonly run: () => void;
  readonly enabled: boolean;
  readonly children: ReactNode;
}

function Step({ label, run, enabled, children }: StepProps) {
  return (
    <ActionIcon variant="subtle" color="gray" size="md" aria-label={label} title={label} onClick={run} disabled={!enabled}>
      {children}
    </ActionIcon>
  );
}

/** Zooming by buttons: for fingers and for the keyboard, which cannot drag a range. */
function ZoomSteps({ viewport }: { viewport: Viewport }) {
  const { t } = useTranslation("run");
  const search = route.useSearch();
  const change = useViewChange();
  const zoomed = windowOf(search) !== null;
  function move(factor: number, shift: number): void {
    const current = windowOf(search) ?? viewport.extent();
    if (current) change(zoomedTo(movedWindow(current, viewport.extent(), { factor, shift })));
  }
  return (
    <div className={styles.zoom}>
      <Step label={t("toolbar.earlier")} run={() => move(1, -0.5)} enabled={zoomed}>
        <LeftIcon />
      </Step>
      <Step label={t("toolbar.zoomOut")} run={() => move(2, 0)} enabled={zoomed}>
        <ZoomOutIcon />
      </Step>
      <Step label={t("toolbar.zoomIn")} run={() => move(0.5, 0)} enabled>
        <ZoomInIcon />
      </Step>
      <Step label={t("toolbar.later")} run={() => move(1, 0.5)} enabled={zoomed}>
        <RightIcon />
      </Step>
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<ResetIcon />}
        className={styles.reset}
        aria-label={t("toolbar.reset")}
        data-testid="reset-zoom"
        disabled={!zoomed}
        onClick={() => change(zoomedTo(null))}
      >
        {t("toolbar.reset")}
      </Button>
    </div>
  );
}

interface ToolbarProps {
  readonly viewport: Viewport;
  readonly smoothing: Smoothing;
  readonly hasOlderAttempts: boolean;
  readonly axes: readonly SeriesShape[];
  readonly made: Arranged;
  readonly kept: KeptLayout;
}

export function Toolbar({ viewport, smoothing, hasOlderAttempts, axes, made, kept }: ToolbarProps) {
  const { t } = useTranslation("run");
  useViewCommands();
  return (
    <div className={styles.toolbar} role="toolbar" aria-label={t("toolbar.label")}>
      <ChartSearchField found={made.found} total={made.total} />
      <AxisChoice />
      <ScaleChoice />
      <SmoothingSlider smoothing={smoothing} />
      {hasOlderAttempts ? <SupersededSwitch /> : null}
      <Display axes={axes} kept={kept} />
      <ZoomSteps viewport={viewport} />
    </div>
  );
}
