import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useMemo, useRef, useState, useSyncExternalStore, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { HeatStrip } from "../../../../charts/HeatStrip";
import { tintGradient } from "../../../../charts/options/heatmap";
import type { ChartTheme } from "../../../../charts/palette";
import { createSignal, type Signal } from "../../../../lib/signal";
import type { Measure } from "../search";
import { useTheme } from "../use-look";
import type { Naming } from "../use-name";
import { useNumbers } from "../use-words";
import styles from "./Ap.module.css";
import type { ClassRow } from "./rows";

interface Spot {
  readonly key: string;
  readonly column: number;
}

type Spots = Signal<Spot | null>;

interface TableProps {
  readonly rows: readonly ClassRow[];
  readonly epochs: readonly number[];
  readonly measure: Measure;
  readonly naming: Naming;
  readonly picked: string | undefined;
  readonly onPick: (key: string) => void;
}

/** What stands under the pointer, without the table hearing of it. */
function Readout({ spots, rows, epochs, naming }: { spots: Spots } & Pick<TableProps, "rows" | "epochs" | "naming">) {
  const { t } = useTranslation("classes");
  const { number, epoch } = useNumbers();
  const spot = useSyncExternalStore(spots.subscribe, spots.get);
  const values = spot ? rows.find(({ key }) => key === spot.key)?.values : undefined;
  if (!spot || !values) return <span className={styles.readout}>{t("hover")}</span>;
  return (
    <span className={styles.readout} data-found>
      {t("readout", { name: naming.ofKey(spot.key), epoch: epoch(epochs[spot.column] ?? 0), value: number(values[spot.column] ?? null) })}
    </span>
  );
}

function Key({ theme, measure }: { theme: ChartTheme; measure: Measure }) {
  const { t } = useTranslation("classes");
  return (
    <span className={styles.key}>
      {t(`measures.${measure}`)} 0
      <span className={styles.scale} style={{ background: tintGradient(theme, "cool") }} />1
    </span>
  );
}

interface RowProps {
  readonly row: ClassRow;
  readonly index: number;
  readonly theme: ChartTheme;
  readonly naming: Naming;
  readonly spots: Spots;
  readonly isPicked: boolean;
  readonly onPick: (key: string) => void;
}

const Row = memo(function Row({ row, index, theme, naming, spots, isPicked, onPick }: RowProps) {
  const { t } = useTranslation("classes");
  const { number, metric, epoch } = useNumbers();
  const { last, best, bestEpoch, fall } = row.standing;
  const name = naming.ofKey(row.key);
  const look = ({ clientX, currentTarget }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const column = Math.min(row.values.length - 1, Math.max(0, Math.floor(((clientX - left) / width) * row.values.length)));
    const now = spots.get();
    if (now?.key !== row.key || now.column !== column) spots.set({ key: row.key, column });
  };
  const said = t("stripLabel", { name, last: number(last), best: number(best), epoch: bestEpoch === null ? number(null) : epoch(bestEpoch) });
  return (
    <div className={styles.row} role="row" aria-rowindex={index + 2} data-picked={isPicked} data-testid="class-row">
      <div role="rowheader" className={styles.name}>
        <button type="button" aria-pressed={isPicked} title={name} onClick={() => onPick(row.key)}>
          {name}
        </button>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions, jsx-a11y/interactive-supports-focus, jsx-a11y/no-noninteractive-element-interactions -- the name beside it does the same by keyboard */}
      <div role="cell" className={styles.strip} onPointerMove={look} onPointerLeave={() => spots.set(null)} onClick={() => onPick(row.key)}>
        <HeatStrip shares={row.values} theme={theme} label={said} />
      </div>
      <div role="cell">{metric(last)}</div>
      <div role="cell" className={styles.wide} data-fallen={fall !== null} title={bestEpoch === null ? "" : t("bestAt", { epoch: epoch(bestEpoch) })}>
        {metric(best)}
      </div>
      <div role="cell" className={styles.wide}>
        {number(row.train)}
      </div>
      <div role="cell" className={styles.wide}>
        {number(row.val)}
      </div>
    </div>
  );
});

const ROW_PX = 28;
const HEAD_PX = 30;

function Head({ epochs }: { epochs: readonly number[] }) {
  const { t } = useTranslation("classes");
  const { epoch } = useNumbers();
  return (
    <div className={styles.head} role="row" aria-rowindex={1}>
      <span role="columnheader">{t("class")}</span>
      <span role="columnheader" className={styles.axis} aria-label={t("epochs")}>
        <span>{t("epochAt", { epoch: epoch(epochs[0] ?? 0) })}</span>
        {epochs.length > 2 ? <span>{epoch(epochs[Math.floor((epochs.length - 1) / 2)] ?? 0)}</span> : null}
        {epochs.length > 1 ? <span>{epoch(epochs.at(-1) ?? 0)}</span> : null}
      </span>
      <span role="columnheader">{t("last")}</span>
      <span role="columnheader" className={styles.wide}>
        {t("best")}
      </span>
      <span role="columnheader" className={styles.wide} title={t("trainWhat")}>
        {t("train")}
      </span>
      <span role="columnheader" className={styles.wide} title={t("valWhat")}>
        {t("val")}
      </span>
    </div>
  );
}

/** A row for each class: a strip of all epochs, and what it comes to in numbers. */
export function ClassTable({ rows, epochs, measure, naming, picked, onPick }: TableProps) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const scroller = useRef<HTMLDivElement>(null);
  const [spots] = useState(() => createSignal<Spot | null>(null));
  // oxlint-disable-next-line react/incompatible-library -- nothing of it is kept between renders
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 12, paddingStart: HEAD_PX });
  const merged = useMemo(() => (epochs.length > 1 && (epochs[1] ?? 0) - (epochs[0] ?? 0) > 1.5 ? Math.round((epochs[1] ?? 0) - (epochs[0] ?? 0)) : 1), [epochs]);
  return (
    <section className={styles.table} aria-label={t("heatLabel", { measure: t(`measures.${measure}`) })}>
      <div className={styles.above}>
        <Readout spots={spots} rows={rows} epochs={epochs} naming={naming} />
        <Key theme={theme} measure={measure} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- hundreds of classes scroll, also by keyboard */}
      <div ref={scroller} className={styles.scroller} role="table" aria-rowcount={rows.length + 1} aria-label={t("heatLabel", { measure: t(`measures.${measure}`) })} tabIndex={0} data-testid="class-table">
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="rowgroup">
          <Head epochs={epochs} />
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return row ? (
              <div key={row.key} className={styles.place} style={{ transform: `translateY(${start}px)` }} role="presentation">
                <Row row={row} index={index} theme={theme} naming={naming} spots={spots} isPicked={row.key === picked} onPick={onPick} />
              </div>
            ) : null;
          })}
        </div>
      </div>
      {merged > 1 ? <p className={styles.note}>{t("merged", { count: merged })}</p> : null}
    </section>
  );
}
