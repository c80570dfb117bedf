import { Button, SegmentedControl, Skeleton, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { bandsOption, ridgeOption, type RidgeInput } from "../../../charts/options/ridge";
import { slicesFrom, troubleOf, type Slice, type Trouble } from "../../../items/histograms";
import { itemsQuery } from "../../../items/queries";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { WarningIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import type { Quantity } from "../items-search";
import { useItemsView } from "../use-items-view";
import { QUANTITIES } from "./groups";
import styles from "./Model.module.css";
import { ridgesOf } from "./ridges";

const Figure = lazy(() => import("../../../charts/Figure"));

const NO_LAYERS: readonly string[] = [];
const SMALL_PX = 240;
const LARGE_PX = 460;

/** What is wrong with a layer group, in words and with the number that says so. */
function Badge({ trouble }: { trouble: Trouble }) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const isShare = trouble.kind === "sleeping";
  const value = formatNumber(Number((isShare ? trouble.value * 100 : trouble.value).toPrecision(2)), language);
  return (
    <span className={styles.trouble} title={t(`model.trouble.${trouble.kind}What`)} data-testid={`trouble-${trouble.kind}`}>
      <WarningIcon />
      {t(`model.trouble.${trouble.kind}`, { value, epoch: trouble.epoch })}
    </span>
  );
}

interface PanelProps {
  readonly name: string;
  readonly quantity: Quantity;
  readonly slices: readonly Slice[];
  readonly input: RidgeInput;
  readonly isLarge: boolean;
  readonly onToggle: () => void;
}

/** One layer group over time. */
function Panel({ name, quantity, slices, input, isLarge, onToggle }: PanelProps) {
  const { t } = useTranslation("items");
  const [{ form }] = useItemsView();
  const option = useMemo(() => (form === "heat" ? bandsOption(input) : ridgeOption(input)), [form, input]);
  const trouble = troubleOf(slices, quantity === "activations");
  const height = isLarge ? LARGE_PX : SMALL_PX;
  return (
    <section className={styles.panel} data-testid={`histograms-${quantity}/${name}`}>
      <header>
        <h3 title={name}>{name}</h3>
        {trouble ? <Badge trouble={trouble} /> : null}
        <Button size="compact-xs" variant="subtle" color="gray" aria-pressed={isLarge} onClick={onToggle}>
          {t(isLarge ? "model.all" : "model.enlarge")}
        </Button>
      </header>
      <Suspense fallback={<Skeleton height={height} />}>
        <Figure name={`${quantity}/${name}`} label={t("model.figure", { name, quantity: t(`model.quantities.${quantity}`), count: slices.length })} option={option} height={height} />
      </Suspense>
    </section>
  );
}

function Controls({ quantities, quantity }: { quantities: readonly Quantity[]; quantity: Quantity }) {
  const { t } = useTranslation("items");
  const [view, change] = useItemsView();
  const toggles = [
    { key: "counts", on: view.counts === "log", run: () => change({ counts: view.counts ? undefined : "log" }) },
    { key: "values", on: view.values === "stretched", run: () => change({ values: view.values ? undefined : "stretched" }) },
    { key: "range", on: view.range === "same", run: () => change({ range: view.range ? undefined : "same" }) },
  ] as const;
  return (
    <div className={styles.controls}>
      <SegmentedControl
        size="xs"
        aria-label={t("model.quantities.label")}
        data={quantities.map((value) => ({ value, label: t(`model.quantities.${value}`) }))}
        value={quantity}
        onChange={(value) => change({ quantity: value === "gradients" || value === "activations" ? value : undefined })}
      />
      <SegmentedControl
        size="xs"
        aria-label={t("model.forms.label")}
        data={(["ridge", "heat"] as const).map((value) => ({ value, label: t(`model.forms.${value}`) }))}
        value={view.form ?? "ridge"}
        onChange={(value) => change({ form: value === "heat" ? value : undefined })}
      />
      {toggles.map(({ key, on, run }) => (
        <Button key={key} size="compact-sm" variant={on ? "light" : "default"} aria-pressed={on} title={t(`model.toggles.${key}What`)} onClick={run}>
          {t(`model.toggles.${key}`)}
        </Button>
      ))}
    </div>
  );
}

/** Histograms of one quantity, all groups of layers side by side or one of them large. */
export function HistogramsView({ run, layers }: { run: RunDetail; layers: ReadonlyMap<Quantity, readonly string[]> }) {
  const { t } = useTranslation("items");
  const locale = useLanguage();
  const theme = useComputedColorScheme("light");
  const [view, change] = useItemsView();
  const quantities = QUANTITIES.filter((one) => layers.has(one));
  const quantity = quantities.find((one) => one === (view.quantity ?? "weights")) ?? quantities[0] ?? "weights";
  const names = layers.get(quantity) ?? NO_LAYERS;
  const { data, error, refetch } = useQuery(itemsQuery([run.id], { names: names.map((name) => `${quantity}/${name}`), data: true }));
  const groups = useMemo(() => names.map((name) => slicesFrom(data?.filter((item) => item.name === `${quantity}/${name}`) ?? [])), [data, names, quantity]);
  const look = useMemo(
    () => ({ log: view.counts === "log", isStretched: view.values === "stretched", isShared: view.range === "same", theme, locale }),
    [view.counts, view.values, view.range, theme, locale],
  );
  const inputs = useMemo(() => {
    const number = (value: number | null) => formatNumber(value, locale);
    return ridgesOf(groups, look, (slice) => t("model.said", { epoch: slice.epoch, mean: number(slice.mean), deviation: number(slice.deviation), total: number(slice.total), broken: slice.broken }));
  }, [groups, look, locale, t]);
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  const chosen = names.includes(view.layers ?? "") ? view.layers : undefined;
  return (
    <>
      <Controls quantities={quantities} quantity={quantity} />
      <div className={styles.grid} data-large={chosen !== undefined}>
        {names.map((name, at) => {
          const [input, slices] = [inputs[at], groups[at] ?? []];
          if (!input || slices.length === 0 || (chosen !== undefined && name !== chosen)) return null;
          return <Panel key={name} name={name} quantity={quantity} slices={slices} input={input} isLarge={name === chosen} onToggle={() => change({ layers: name === chosen ? undefined : name })} />;
        })}
      </div>
    </>
  );
}
