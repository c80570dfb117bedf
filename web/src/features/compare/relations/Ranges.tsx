import { Button, NumberInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { CloseIcon } from "../../../ui/icons";
import { withRange, type Axis } from "../axes";
import { useChange } from "../route";
import type { Ranges as RangesType } from "../search";
import { AxisSelect } from "./AxisSelect";
import styles from "./Relations.module.css";
import { endsOf } from "./shares";

function rangeText({ categories }: Axis, [from, to]: readonly [number, number], language: string): string {
  if (categories.length === 0) return `${formatNumber(from, language)} … ${formatNumber(to, language)}`;
  return categories.filter((_, at) => at >= from && at <= to).join(", ");
}

/** The selected ranges as words, each with a way out: what a drag on an axis does, for the keyboard and for fingers. */
export function Ranges({ axes, ranges }: { axes: readonly Axis[]; ranges: RangesType | undefined }) {
  const { t } = useTranslation("compare");
  const language = useLanguage();
  const change = useChange();
  const [chosen, setChosen] = useState<string | null>(null);
  const axis = axes.find(({ id }) => id === chosen);
  const named = Object.entries(ranges ?? {}).flatMap(([id, range]) => {
    const of = axes.find((one) => one.id === id);
    return of ? [{ axis: of, range }] : [];
  });
  const [least, greatest] = axis ? (ranges?.[axis.id] ?? endsOf(axis)) : [0, 0];
  const set = (from: number, to: number) => axis && from <= to && change({ ranges: withRange(ranges, axis.id, [from, to]) });
  return (
    <div className={styles.ranges}>
      {named.map(({ axis: of, range }) => (
        <Button
          key={of.id}
          className={styles.range}
          size="compact-sm"
          variant="light"
          rightSection={<CloseIcon />}
          aria-label={t("relations.removeRange", { name: of.label })}
          onClick={() => change({ ranges: withRange(ranges, of.id, null) })}
        >
          {of.label}: {rangeText(of, range, language)}
        </Button>
      ))}
      <AxisSelect label={t("relations.restrict")} axes={axes} value={chosen} onChange={setChosen} />
      {axis && axis.categories.length === 0 ? (
        <>
          <NumberInput key={`${axis.id}-from-${least}`} className={styles.end} size="xs" hideControls label={t("relations.from")} defaultValue={least} onBlur={(event) => set(Number(event.currentTarget.value), greatest)} />
          <NumberInput key={`${axis.id}-to-${greatest}`} className={styles.end} size="xs" hideControls label={t("relations.to")} defaultValue={greatest} onBlur={(event) => set(least, Number(event.currentTarget.value))} />
        </>
      ) : null}
      {axis
        ? axis.categories.map((category, at) => (
            <Button key={category} className={styles.range} size="compact-sm" variant="default" aria-pressed={ranges?.[axis.id]?.[0] === at} onClick={() => set(at, at)}>
              {category}
            </Button>
          ))
        : null}
    </div>
  );
}
