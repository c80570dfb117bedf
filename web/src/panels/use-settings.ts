import { useMemo, useState } from "react";
import type { Against, ChartLook } from "../charts/scene";
import type { PanelContext } from "./context";
import type { SeriesShape } from "./plan";
import { lookWith, ownSettings, type ChartSettings } from "./settings";

const NONE: ChartSettings = {};

export interface PanelSettings {
  readonly settings: ChartSettings;
  readonly look: ChartLook;
  /** Changes some of the settings; what then says the same as the page is forgotten. */
  readonly change: (change: ChartSettings) => void;
  readonly clear: () => void;
}

const NO_AXES: readonly SeriesShape[] = [];

export function againstOf(name: string, axes: readonly SeriesShape[], locale: string): Against {
  const info = axes.find((one) => one.name === name);
  return { name, label: info ? (locale === "zh" ? info.title.zh : info.title.en) : name, unit: info?.unit ?? "" };
}

/** In what a chart differs from its page: kept by the page where it can, else by the chart. */
export function useSettings(chart: string, { look: page, settings: kept, onSettings, axes = NO_AXES }: PanelContext): PanelSettings {
  const [own, setOwn] = useState(NONE);
  const settings = (onSettings ? kept?.[chart] : own) ?? NONE;
  const look = useMemo(() => lookWith(page, settings, (name) => againstOf(name, axes, page.locale)), [page, settings, axes]);
  function keep(next: ChartSettings): void {
    if (onSettings) onSettings(chart, next);
    else setOwn(next);
  }
  return {
    settings,
    look,
    change: (change) => keep(ownSettings({ ...settings, ...(change.x === undefined ? {} : { window: null }), ...change }, page)),
    clear: () => keep(NONE),
  };
}
