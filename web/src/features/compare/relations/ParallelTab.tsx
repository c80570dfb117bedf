import { Skeleton, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { parallelOption } from "../../../charts/options/parallel";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { DownIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import { defaultAxes, withRange, type Axis } from "../axes";
import { withToggled } from "../choice";
import { useChange } from "../route";
import { useAxes, type Comparison } from "../use-comparison";
import { AxisSelect } from "./AxisSelect";
import { Ranges } from "./Ranges";
import styles from "./Relations.module.css";
import { Scale } from "./Scale";
import { shareOf } from "./shares";

const Figure = lazy(() => import("../../../charts/Figure"));
const HEIGHT_PX = 460;
const AXIS_PX = 96; // narrower, names would lie over one another

function useOption({ members, search }: Comparison, axes: readonly Axis[], tone: Axis | undefined) {
  const theme = useComputedColorScheme("light");
  const language = useLanguage();
  return useMemo(
    () =>
      parallelOption({
        axes,
        lines: members
          .filter(({ id }) => !(search.hidden ?? []).includes(id))
          .map(({ id, name, isShown }) => ({ name, places: axes.map(({ values }) => values.get(id) ?? null), tone: shareOf(tone, id), within: isShown })),
        theme,
        format: (value) => formatNumber(value, language),
      }),
    [members, search.hidden, axes, tone, theme, language],
  );
}

function AxisChoice({ all, chosen }: { all: readonly Axis[]; chosen: readonly string[] }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  return (
    <details className={styles.choice}>
      <summary>
        <DownIcon />
        {t("relations.axes", { shown: chosen.length, count: all.length })}
      </summary>
      <div className={styles.boxes}>
        {all.map(({ id, label }) => (
          <label key={id}>
            <input type="checkbox" checked={chosen.includes(id)} onChange={() => change({ axes: withToggled(chosen, id) })} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </details>
  );
}

/** Each run as a line over its parameters and results; dragging along an axis leaves those within, in all views. */
export default function ParallelTab({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const { members, shown, series, parameters, search } = comparison;
  const ids = useMemo(() => members.map(({ id }) => id), [members]);
  const all = useAxes(ids, series, parameters, true);
  const chosen = useMemo(() => search.axes ?? defaultAxes(all), [search.axes, all]);
  const axes = useMemo(() => all.filter(({ id }) => chosen.includes(id)), [all, chosen]);
  const tone = all.find(({ id }) => id === search.color) ?? axes.find(({ isResult }) => isResult);
  const option = useOption(comparison, axes, tone);
  if (members.length < 2) return <Notice title={t("relations.tooFew")} />;
  return (
    <div className={styles.tab}>
      <div className={styles.controls}>
        <AxisSelect label={t("relations.colour")} axes={all} value={tone?.id ?? null} onChange={(color) => change({ color })} />
        <Ranges axes={axes} ranges={search.ranges} />
      </div>
      <AxisChoice all={all} chosen={chosen} />
      <div className={styles.figure}>
        <div style={{ minWidth: axes.length * AXIS_PX }}>
          {axes.length < 2 ? (
            <Notice title={t("relations.twoAxes")} />
          ) : (
            <Suspense fallback={<Skeleton height={HEIGHT_PX} />}>
              <Figure
                name="parallel"
                label={t("relations.parallelLabel", { count: shown.length, axes: axes.map(({ label }) => label).join(", ") })}
                option={option}
                height={HEIGHT_PX}
                ranges={search.ranges ?? {}}
                onRange={(axis, range) => change({ ranges: withRange(search.ranges, axis, range) })}
              />
            </Suspense>
          )}
        </div>
      </div>
      <Scale axis={tone} />
      <p className={styles.hint}>{t("relations.parallelHint")}</p>
    </div>
  );
}
