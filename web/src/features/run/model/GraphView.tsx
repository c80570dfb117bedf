import { Skeleton, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { graphQuery, type Graph } from "../../../items/content";
import { itemsQuery } from "../../../items/queries";
import { formatNumber } from "../../../lib/format";
import { clamp } from "../../../lib/numbers";
import { useLanguage } from "../../../i18n/use-language";
import { DownIcon, SearchIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import styles from "./Graph.module.css";
import { rowsOf, stagesFrom, type Layer, type Stage, type TreeRow } from "./stages";

const ROW_PX = 30;

/** Parameters with a bar as long as their share of the whole model. */
function Parameters({ count, total }: { count: number; total: number }) {
  const language = useLanguage();
  return (
    <span className={styles.parameters} role="gridcell">
      <span>{count === 0 ? "–" : formatNumber(count, language)}</span>
      <i style={{ width: `${total > 0 ? (100 * count) / total : 0}%` }} />
    </span>
  );
}

function StageCells({ stage, isOpen, total }: { stage: Stage; isOpen: boolean; total: number }) {
  const { t } = useTranslation("items");
  const share = stage.parameters > 0 ? Math.round((100 * stage.frozen) / stage.parameters) : 0;
  return (
    <>
      <span className={styles.name} role="gridcell">
        <span className={styles.arrow} data-open={isOpen}>
          <DownIcon />
        </span>
        <b>{stage.id}</b>
        <small>{t("model.layers", { count: stage.layers.length })}</small>
      </span>
      <span className={styles.sources} />
      <span className={styles.shape} />
      <Parameters count={stage.parameters} total={total} />
      <span className={styles.frozen} role="gridcell">
        {share === 0 ? null : share === 100 ? t("model.frozen") : t("model.frozenShare", { share })}
      </span>
    </>
  );
}

function LayerCells({ layer, total }: { layer: Layer; total: number }) {
  const { t } = useTranslation("items");
  return (
    <>
      <span className={styles.name} data-layer="true" role="gridcell" title={`${layer.id} ${layer.kind}`}>
        <code>{layer.id}</code>
        <span>{layer.kind}</span>
      </span>
      <span className={styles.sources} role="gridcell">
        {layer.sources.length > 0 ? `← ${layer.sources.join(", ")}` : ""}
      </span>
      <span className={styles.shape} role="gridcell">
        {layer.shape.join(" × ")}
      </span>
      <Parameters count={layer.parameters} total={total} />
      <span className={styles.frozen} role="gridcell">
        {layer.frozen ? t("model.frozen") : null}
      </span>
    </>
  );
}

const keyOf = (row: TreeRow) => (row.kind === "stage" ? `stage ${row.stage.id}` : `layer ${row.layer.id}`);

interface TreeProps {
  readonly rows: readonly TreeRow[];
  readonly total: number;
  readonly onFold: (stage: string, isOpen: boolean) => void;
}

/** What keys do at a row: walk, fold, unfold. */
function keysAt({ rows, onFold }: TreeProps, at: number, go: (to: number) => void): Record<string, () => void> {
  const row = rows[at];
  const fold = (isOpen: boolean) => {
    if (row?.kind === "stage") onFold(row.stage.id, isOpen);
    else if (!isOpen) go(rows.findLastIndex((one, index) => index < at && one.kind === "stage"));
  };
  return {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    Home: () => go(0),
    End: () => go(rows.length - 1),
    ArrowRight: () => fold(true),
    ArrowLeft: () => fold(false),
    Enter: () => (row?.kind === "stage" ? onFold(row.stage.id, !row.isOpen) : undefined),
  };
}

interface RowProps {
  readonly row: TreeRow;
  readonly index: number;
  readonly start: number;
  readonly isActive: boolean;
  readonly total: number;
  readonly onPress: () => void;
}

function Row({ row, index, start, isActive, total, onPress }: RowProps) {
  const isStage = row.kind === "stage";
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree itself takes the keys
    <div
      id={`layer-row-${index}`}
      className={styles.row}
      role="row"
      aria-level={isStage ? 1 : 2}
      aria-rowindex={index + 1}
      aria-expanded={isStage ? row.isOpen : undefined}
      data-active={isActive}
      data-stage={isStage}
      style={{ transform: `translateY(${start}px)` }}
      onClick={onPress}
    >
      {row.kind === "stage" ? <StageCells stage={row.stage} isOpen={row.isOpen} total={total} /> : <LayerCells layer={row.layer} total={total} />}
    </div>
  );
}

/** The rows of which only the visible ones exist; arrows walk through them, left and right fold. */
function Tree(props: TreeProps) {
  const { rows, total, onFold } = props;
  const { t } = useTranslation("items");
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by hand; the compiler is not used
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 12 });
  const at = Math.min(active, rows.length - 1);
  const go = (to: number) => {
    const next = clamp(to, 0, rows.length - 1);
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const key = (event: KeyboardEvent) => {
    const act = keysAt(props, at, go)[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const press = (row: TreeRow, index: number) => {
    setActive(index);
    if (row.kind === "stage") onFold(row.stage.id, !row.isOpen);
  };
  return (
    <div ref={scroller} className={styles.tree} role="treegrid" aria-label={t("model.insides.graph")} aria-rowcount={rows.length} aria-activedescendant={`layer-row-${at}`} tabIndex={0} onKeyDown={key} data-testid="graph">
      <div style={{ height: virtual.getTotalSize() }} role="presentation">
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          return row ? <Row key={keyOf(row)} row={row} index={index} start={start} isActive={index === at} total={total} onPress={() => press(row, index)} /> : null;
        })}
      </div>
    </div>
  );
}

function Loaded({ graph }: { graph: Graph }) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const [query, setQuery] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const stages = useMemo(() => stagesFrom(graph), [graph]);
  const rows = useMemo(() => rowsOf(stages, closed, query), [stages, closed, query]);
  const total = stages.reduce((sum, { parameters }) => sum + parameters, 0);
  const fold = (stage: string, isOpen: boolean) => {
    const next = new Set(closed);
    if (isOpen) next.delete(stage);
    else next.add(stage);
    setClosed(next);
  };
  return (
    <>
      <div className={styles.bar}>
        <TextInput
          size="xs"
          type="search"
          aria-label={t("model.search")}
          placeholder={t("model.search")}
          leftSection={<SearchIcon />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <span className={styles.total}>{t("model.total", { layers: formatNumber(graph.nodes.length, language), parameters: formatNumber(total, language) })}</span>
      </div>
      {rows.length === 0 ? <Notice title={t("noMatch", { query })} /> : <Tree rows={rows} total={total} onFold={fold} />}
    </>
  );
}

/** The model's layers as a foldable tree, with shapes, parameters and what feeds what. */
export function GraphView({ run }: { run: RunDetail }) {
  const { t } = useTranslation("items");
  const { data: items } = useQuery(itemsQuery([run.id], { kinds: ["graph"] }));
  const item = items?.at(-1) ?? null;
  const { data, error, refetch } = useQuery(graphQuery(item));
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  return data ? <Loaded graph={data} /> : <Skeleton height={320} />;
}
