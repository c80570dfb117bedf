import { ActionIcon, Button, SegmentedControl, Select, Slider, TextInput } from "@mantine/core";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { X_AXES } from "../../../lib/columns";
import { movedWindow, type Viewport } from "../../../series/viewport";
import { ResetIcon, SearchIcon, ZoomInIcon, ZoomOutIcon } from "../../../ui/icons";
import { waysToColor } from "../levels";
import { useChange, zoomedTo } from "../route";
import { windowOf } from "../search";
import type { Comparison } from "../use-comparison";
import styles from "./CurvesTab.module.css";

function Align({ comparison: { search } }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      aria-label={t("curves.align")}
      data={X_AXES.map((axis) => ({ value: axis, label: <span data-testid={`align-${axis}`}>{t(`curves.axes.${axis}`)}</span> }))}
      value={search.align ?? "step"}
      onChange={(axis) => change({ align: X_AXES.find((one) => one === axis), ...zoomedTo(null) })}
    />
  );
}

function ScaleChoice({ comparison: { search } }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      aria-label={t("curves.scale")}
      data={[
        { value: "linear", label: <span data-testid="scale-linear">{t("curves.linear")}</span> },
        { value: "log", label: <span data-testid="scale-log">{t("curves.log")}</span> },
      ]}
      value={search.scale ?? "linear"}
      onChange={(value) => change({ scale: value === "log" ? "log" : undefined })}
    />
  );
}

const BY_RUN = "run";

function ColourBy({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const { members, parameters, search } = comparison;
  const ways = useMemo(() => waysToColor(members.map(({ row }) => row), parameters), [members, parameters]);
  const named: Record<string, string> = { [BY_RUN]: t("curves.byRun"), group: t("curves.byGroup"), tag: t("curves.byTag") };
  const values = [...new Set([BY_RUN, ...ways, ...(search.by ? [search.by] : [])])];
  return (
    <Select
      className={styles.colour}
      size="xs"
      aria-label={t("curves.colour")}
      title={t("curves.colour")}
      data={values.map((value) => ({ value, label: named[value] ?? value }))}
      allowDeselect={false}
      searchable={values.length > 8}
      value={search.by ?? BY_RUN}
      onChange={(by) => change({ by: by === null || by === BY_RUN ? undefined : by, each: undefined })}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
    />
  );
}

function Switch({ on, title, label, testId, onClick }: { on: boolean; title: string; label: string; testId: string; onClick: () => void }) {
  return (
    <Button className={styles.switch} variant={on ? "light" : "default"} size="compact-sm" aria-pressed={on} title={title} data-testid={testId} onClick={onClick}>
      {label}
    </Button>
  );
}

function Switches({ comparison: { search, levels, baseline } }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  return (
    <>
      {levels === null ? null : (
        <Switch
          on={!search.each}
          label={t("curves.mean")}
          title={t("curves.meanHint")}
          testId="mean"
          onClick={() => change({ each: search.each ? undefined : true })}
        />
      )}
      {baseline === null ? null : (
        <Switch
          on={search.against ?? false}
          label={t("curves.against")}
          title={t("curves.againstHint", { name: baseline.short })}
          testId="against"
          onClick={() => change({ against: search.against ? undefined : true })}
        />
      )}
    </>
  );
}

function Smoothing({ weight, onSmooth }: { weight: number; onSmooth: (weight: number) => void }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  return (
    <div className={styles.smoothing}>
      <span id="compare-smoothing">{t("curves.smoothing")}</span>
      <Slider
        className={styles.slider}
        size="xs"
        min={0}
        max={0.99}
        step={0.01}
        label={null}
        value={weight}
        onChange={onSmooth}
        onChangeEnd={(smooth) => change({ smooth: smooth > 0 ? smooth : undefined })}
        thumbProps={{ "aria-labelledby": "compare-smoothing" }}
      />
      <span className={styles.weight}>{weight.toFixed(2)}</span>
    </div>
  );
}

function Step({ label, enabled, run, children }: { label: string; enabled: boolean; run: () => void; children: ReactNode }) {
  return (
    <ActionIcon variant="subtle" color="gray" size="md" aria-label={label} title={label} disabled={!enabled} onClick={run}>
      {children}
    </ActionIcon>
  );
}

/** Zooming without dragging a range: for fingers and the keyboard. */
function Zoom({ comparison: { search }, viewport }: { comparison: Comparison; viewport: Viewport }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const zoomed = windowOf(search);
  function move(factor: number): void {
    const current = zoomed ?? viewport.extent();
    if (current) change(zoomedTo(movedWindow(current, viewport.extent(), { factor, shift: 0 })));
  }
  return (
    <div className={styles.zoom}>
      <Step label={t("curves.zoomOut")} enabled={zoomed !== null} run={() => move(2)}>
        <ZoomOutIcon />
      </Step>
      <Step label={t("curves.zoomIn")} enabled run={() => move(0.5)}>
        <ZoomInIcon />
      </Step>
      <Step label={t("curves.resetZoom")} enabled={zoomed !== null} run={() => change(zoomedTo(null))}>
        <ResetIcon />
      </Step>
    </div>
  );
}

interface ToolbarProps {
  readonly comparison: Comparison;
  readonly viewport: Viewport;
  readonly smoothing: number;
  readonly onSmooth: (weight: number) => void;
}

export function CurvesToolbar({ comparison, viewport, smoothing, onSmooth }: ToolbarProps) {
  const { t } = useTranslation("compare");
  const change = useChange();
  return (
    <div className={styles.toolbar} role="toolbar" aria-label={t("curves.toolbar")}>
      <Align comparison={comparison} />
      <ScaleChoice comparison={comparison} />
      <ColourBy comparison={comparison} />
      <Switches comparison={comparison} />
      <Smoothing weight={smoothing} onSmooth={onSmooth} />
      <TextInput
        className={styles.find}
        size="xs"
        type="search"
        aria-label={t("curves.find")}
        placeholder={t("curves.find")}
        leftSection={<SearchIcon />}
        defaultValue={comparison.search.find ?? ""}
        onChange={(event) => change({ find: event.currentTarget.value === "" ? undefined : event.currentTarget.value, open: undefined })}
      />
      <Zoom comparison={comparison} viewport={viewport} />
    </div>
  );
}
