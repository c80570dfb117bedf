import { Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../../api/client";
import { useLanguage } from "../../../../i18n/use-language";
import { Notice } from "../../../../ui/Notice";
import { Choice } from "../Choice";
import styles from "../Classes.module.css";
import type { PartProps } from "../ClassesTab";
import { byClass, tableOf } from "../columns";
import { confusionOf } from "../confusion/derive";
import { classNames, numbersByTitle } from "../names";
import { useEpochs, useItemsAt, useNewest } from "../queries";
import { MEASURES, ORDERS, SUFFIXES, type Measure, type Suffix } from "../search";
import { useNaming } from "../use-name";
import { useClassesView } from "../use-view";
import { useNumbers } from "../use-words";
import { ClassPanel } from "./ClassPanel";
import { ClassTable } from "./ClassTable";
import { meanOf, rowsOf, sorted, worstOf, type ClassRow } from "./rows";
import { measuresOf, useReadings } from "./use-readings";
import { WorstCards } from "./WorstCards";

const COUNTS = ["labels/train/classes", "labels/val/classes"];
const CONFUSION = ["confusion"];
const TABLE = ["classes"];

/** The newest confusion matrix, to say why a class is bad. */
function useNewestConfusion(run: RunDetail) {
  const epochs = useEpochs(run.id, "confusion");
  const { items } = useItemsAt(run.id, CONFUSION, epochs.at(-1) ?? null);
  const data = items.at(-1)?.data;
  return useMemo(() => (data?.type === "matrix" ? confusionOf(data) : null), [data]);
}

function useTableColumns(run: RunDetail): readonly string[] {
  const epochs = useEpochs(run.id, "classes");
  const { items } = useItemsAt(run.id, TABLE, epochs.at(-1) ?? null);
  const data = items.at(-1)?.data;
  return useMemo(() => tableOf(data)?.columns.map(({ name }) => name) ?? [], [data]);
}

function useChoices(run: RunDetail) {
  const [view] = useClassesView();
  const columns = useTableColumns(run);
  const suffixes = SUFFIXES.filter((suffix) => columns.some((name) => name.endsWith(`_${suffix}`)));
  const suffix: Suffix | undefined = view.suffix;
  const measures = MEASURES.filter(measuresOf(run, columns, suffix));
  const measure: Measure = view.measure ?? measures[0] ?? "AP";
  return { suffixes, suffix, measures, measure };
}

function Controls({ choices }: { choices: ReturnType<typeof useChoices> }) {
  const { t } = useTranslation("classes");
  const [{ order = "worst" }, change] = useClassesView();
  const { measures, measure, suffixes, suffix } = choices;
  return (
    <div className={styles.controls}>
      {measures.length > 1 ? (
        <Choice name="measure" label={t("measure")} options={measures.map((value) => ({ value, label: t(`measures.${value}`) }))} value={measure} onChange={(value) => change({ measure: value })} />
      ) : null}
      {suffixes.length > 0 ? (
        <Choice
          name="suffix"
          label={t("suffix")}
          options={(["box", ...suffixes] as const).map((value) => ({ value, label: t(`suffixes.${value}`) }))}
          value={suffix ?? "box"}
          onChange={(value) => change({ suffix: value === "box" ? undefined : value })}
        />
      ) : null}
      <label className={styles.sort}>
        {t("order")}
        <select value={order} data-testid="class-order" onChange={({ currentTarget }) => change({ order: ORDERS.find((one) => one === currentTarget.value && one !== "worst") })}>
          {ORDERS.map((one) => (
            <option key={one} value={one}>
              {t(`orders.${one}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Lead({ rows, measure }: { rows: readonly ClassRow[]; measure: Measure }) {
  const { t } = useTranslation("classes");
  const { number } = useNumbers();
  const found = meanOf(rows);
  if (!found || rows.length < 2) return null;
  return <p className={styles.lead}>{t("lead", { count: found.below, all: rows.length, measure: t(`measures.${measure}`), mean: number(found.mean) })}</p>;
}

/** Every class over all epochs, the worst with why, and one of them closely. */
export default function ApPart({ run, items }: PartProps) {
  const { t } = useTranslation("classes");
  const language = useLanguage();
  const naming = useNaming(run);
  const [{ order = "worst", name }, change] = useClassesView();
  const choices = useChoices(run);
  const { readings, error, retry } = useReadings(run, choices, naming);
  const newest = useNewest(run.id, COUNTS);
  const confusion = useNewestConfusion(run);
  const rows = useMemo(() => {
    if (!readings) return null;
    const numbers = new Map([...numbersByTitle(run.settings), ...classNames(run.series, run.settings).flatMap(({ key, number }) => (number === null ? [] : [[key, number] as const]))]);
    const of = (split: string) => byClass(tableOf(newest.get(`labels/${split}/classes`)?.data), "instances");
    return rowsOf(readings, numbers, { train: of("train"), val: of("val") });
  }, [readings, run.settings, run.series, newest]);
  const ordered = useMemo(() => (rows ? sorted(rows, order, language) : []), [rows, order, language]);
  const worst = useMemo(() => (rows ? worstOf(rows, confusion) : []), [rows, confusion]);
  const picked = ordered.find(({ key }) => key === name);
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: retry }} />;
  if (!rows || !readings) return <Skeleton height={320} />;
  if (rows.length === 0) return <Notice title={t("noValues.title")} detail={t("noValues.text")} />;
  const pick = (key: string) => change({ name: key === name ? undefined : key });
  return (
    <>
      <Lead rows={rows} measure={choices.measure} />
      <WorstCards worst={worst} naming={naming} onPick={pick} picked={name} />
      <Controls choices={choices} />
      <div className={styles.split} data-open={picked !== undefined}>
        <ClassTable rows={ordered} epochs={readings.epochs} measure={choices.measure} naming={naming} picked={name} onPick={pick} />
        {picked ? <ClassPanel key={picked.key} run={run} items={items} row={picked} epochs={readings.epochs} measure={choices.measure} suffix={choices.suffix} confusion={confusion} naming={naming} onClose={() => change({ name: undefined })} /> : null}
      </div>
    </>
  );
}
