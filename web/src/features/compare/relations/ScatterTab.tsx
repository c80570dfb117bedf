import { Skeleton, useComputedColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { scatterOption } from "../../../charts/options/scatter";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { Notice } from "../../../ui/Notice";
import { defaultAxes, type Axis } from "../axes";
import { useChange } from "../route";
import { useAxes, type Comparison } from "../use-comparison";
import { AxisSelect } from "./AxisSelect";
import styles from "./Relations.module.css";
import { Scale } from "./Scale";
import { shareOf } from "./shares";

const Figure = lazy(() => import("../../../charts/Figure"));
const HEIGHT_PX = 460;

interface Chosen {
  readonly x: Axis | undefined;
  readonly y: Axis | undefined;
  readonly tone: Axis | undefined;
}

/** As the address says, else a parameter against the main result. */
function chosenAxes(axes: readonly Axis[], { search }: Comparison): Chosen {
  const usual = defaultAxes(axes);
  const of = (id: string | undefined) => axes.find((axis) => axis.id === id);
  const results = axes.filter((axis) => axis.isResult && usual.includes(axis.id));
  const parameters = axes.filter((axis) => !axis.isResult && usual.includes(axis.id));
  return {
    x: of(search.x) ?? parameters.find(({ categories }) => categories.length === 0) ?? parameters[0] ?? results[1] ?? results[0],
    y: of(search.y) ?? results[0] ?? parameters[1],
    tone: of(search.color) ?? results[0],
  };
}

function usePoints({ shown }: Comparison, { x, y, tone }: Chosen) {
  const theme = useComputedColorScheme("light");
  const language = useLanguage();
  return useMemo(() => {
    const placed = shown.filter(({ id }) => x?.values.has(id) && y?.values.has(id));
    if (!x || !y) return { placed, option: null };
    const points = placed.map(({ id, name }) => ({ name, x: x.values.get(id) ?? 0, y: y.values.get(id) ?? 0, tone: shareOf(tone, id) }));
    return { placed, option: scatterOption({ x, y, points, theme, format: (value) => formatNumber(value, language) }) };
  }, [shown, x, y, tone, theme, language]);
}

/** Any two of parameters and results against each other, coloured by a third. A point leads to its run. */
export default function ScatterTab({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const navigate = useNavigate();
  const { members, shown, series, parameters } = comparison;
  const ids = useMemo(() => members.map(({ id }) => id), [members]);
  const axes = useAxes(ids, series, parameters, true);
  const chosen = chosenAxes(axes, comparison);
  const { placed, option } = usePoints(comparison, chosen);
  const { x, y, tone } = chosen;
  return (
    <div className={styles.tab}>
      <div className={styles.controls}>
        <AxisSelect label={t("relations.x")} axes={axes} value={x?.id ?? null} onChange={(id) => change({ x: id })} />
        <AxisSelect label={t("relations.y")} axes={axes} value={y?.id ?? null} onChange={(id) => change({ y: id })} />
        <AxisSelect label={t("relations.colour")} axes={axes} value={tone?.id ?? null} onChange={(color) => change({ color })} />
      </div>
      <div className={styles.figure}>
        {option && x && y && placed.length > 0 ? (
          <Suspense fallback={<Skeleton height={HEIGHT_PX} />}>
            <Figure
              name="scatter"
              label={t("relations.scatterLabel", { count: placed.length, x: x.label, y: y.label })}
              option={option}
              height={HEIGHT_PX}
              onPick={({ index }) => {
                const run = placed[index];
                if (run) void navigate({ to: "/runs/$runId", params: { runId: run.id } });
              }}
            />
          </Suspense>
        ) : (
          <Notice title={t("relations.noPoints")} />
        )}
      </div>
      <Scale axis={tone} />
      {placed.length < shown.length ? <p className={styles.hint}>{t("relations.without", { count: shown.length - placed.length })}</p> : null}
    </div>
  );
}
