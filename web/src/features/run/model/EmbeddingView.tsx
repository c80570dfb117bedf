import { Button, SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type MediaItem, type Projection, type RunDetail } from "../../../api/client";
import { embeddingQuery, type Embedding } from "../../../items/content";
import { epochsOf, itemsAt } from "../../../items/epochs";
import { itemsQuery } from "../../../items/queries";
import { useClassLabel } from "../../../items/use-class-label";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { Notice } from "../../../ui/Notice";
import { EpochControl } from "../images/Controls";
import type { Method } from "../items-search";
import { useItemsView } from "../use-items-view";
import styles from "./Embedding.module.css";
import { Plane } from "./Plane";
import { Sign } from "./Sign";
import type { Tool } from "./use-plane";
import { classesOf, useProjection, useSeen, type PointClass } from "./use-projection";

const METHODS = ["pca", "tsne", "umap"] as const;
const TOOLS: readonly Tool[] = ["move", "lasso", "box"];

interface CountsProps {
  readonly classes: readonly PointClass[];
  readonly selected: ReadonlySet<number> | null;
  readonly hidden: readonly number[];
  readonly onToggle: (kind: number) => void;
  readonly onSelect: (selected: ReadonlySet<number> | null) => void;
}

/** How many points each class has, and how many of them are selected. */
function Counts({ classes, selected, hidden, onToggle, onSelect }: CountsProps) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const labelOf = useClassLabel();
  const number = (value: number) => formatNumber(value, language);
  const within = ({ members }: PointClass) => members.filter((at) => selected?.has(at)).length;
  return (
    <div className={styles.counts} data-testid="point-counts">
      <p role="status">
        {selected ? t("model.selected", { count: selected.size }) : t("model.selectHint")}
        {selected ? (
          <Button size="compact-xs" variant="subtle" onClick={() => onSelect(null)}>
            {t("model.clear")}
          </Button>
        ) : null}
      </p>
      <ul>
        {classes.map((one) => (
          <li key={one.kind}>
            <button type="button" aria-pressed={!hidden.includes(one.kind)} title={labelOf(one.kind, one.title)} onClick={() => onToggle(one.kind)}>
              <Sign kind={one.kind} />
              <span>{labelOf(one.kind, one.title)}</span>
              <em>{selected ? `${number(within(one))} / ${number(one.members.length)}` : number(one.members.length)}</em>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

const PACKAGES: Record<Method, string> = { pca: "numpy", tsne: "scikit-learn", umap: "umap-learn" };

/** Why there are no points: most often a library that the server does without. */
function Failed({ error, method, retry }: { error: Error; method: Method; retry: () => void }) {
  const { t } = useTranslation("items");
  const isMissing = error instanceof ApiError && error.type.endsWith(":method-missing");
  const action = { label: t("retry"), run: retry };
  if (!isMissing) return <Notice title={t("error")} detail={error.message} action={action} />;
  return (
    <Notice title={t("model.missing", { method: t(`model.methods.${method}`) })} detail={t("model.missingHow")} action={action}>
      <code className={styles.command}>{`pip install ${PACKAGES[method]}`}</code>
    </Notice>
  );
}

interface ControlsProps {
  readonly projection: Projection | undefined;
  readonly method: Method;
  readonly tool: Tool;
  readonly onTool: (tool: Tool) => void;
}

function Controls({ projection, method, tool, onTool }: ControlsProps) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const [{ solid }, change] = useItemsView();
  const explained = projection?.explained?.reduce((sum, one) => sum + one, 0);
  return (
    <div className={styles.controls}>
      <SegmentedControl
        size="xs"
        aria-label={t("model.method")}
        data={METHODS.map((value) => ({ value, label: t(`model.methods.${value}`) }))}
        value={method}
        onChange={(value) => change({ method: value === "tsne" || value === "umap" ? value : undefined })}
      />
      <SegmentedControl
        size="xs"
        aria-label={t("model.dimensions")}
        data={[
          { value: "2", label: "2D" },
          { value: "3", label: "3D" },
        ]}
        value={solid ? "3" : "2"}
        onChange={(value) => change({ solid: value === "3" ? true : undefined })}
      />
      <SegmentedControl size="xs" aria-label={t("model.tool")} data={TOOLS.map((value) => ({ value, label: t(`model.tools.${value === "move" && solid ? "turn" : value}`) }))} value={tool} onChange={(value) => onTool(TOOLS.find((one) => one === value) ?? "move")} />
      {explained === undefined ? null : <span className={styles.note}>{t("model.explained", { share: Math.round(explained * 100) })}</span>}
      {projection && projection.points.length < projection.of ? <span className={styles.note}>{t("model.sampled", { shown: formatNumber(projection.points.length, language), total: formatNumber(projection.of, language) })}</span> : null}
    </div>
  );
}

function Projected({ item, embedding }: { item: MediaItem; embedding: Embedding }) {
  const { t } = useTranslation("items");
  const [{ method = "pca", solid, hidden = [] }, change] = useItemsView();
  const [tool, setTool] = useState<Tool>("move");
  const [selected, setSelected] = useState<ReadonlySet<number> | null>(null);
  const { data, error, isFetching, refetch } = useProjection(item, method, solid ? 3 : 2);
  const seen = useSeen(item, embedding);
  const vectorOf = useCallback((point: number) => data?.sampled?.[point] ?? point, [data]);
  const classes = useMemo(() => classesOf(embedding, data?.points.length ?? 0, vectorOf), [embedding, data, vectorOf]);
  const hiddenSet = useMemo(() => new Set(hidden), [hidden]);
  const toggle = (kind: number) => {
    const next = hidden.includes(kind) ? hidden.filter((one) => one !== kind) : [...hidden, kind];
    change({ hidden: next.length > 0 ? next : undefined });
  };
  return (
    <>
      <Controls projection={data} method={method} tool={tool} onTool={setTool} />
      <div className={styles.body} aria-busy={isFetching}>
        {error ? (
          <Failed error={error} method={method} retry={() => void refetch()} />
        ) : data ? (
          <Plane key={`${method} ${data.dimensions}`} points={data.points} embedding={embedding} classes={classes} hidden={hiddenSet} selected={selected} seen={seen} vectorOf={vectorOf} tool={tool} onSelect={setSelected} />
        ) : (
          <div className={styles.waiting} role="status">
            <Skeleton height={360} />
            <p>{t("model.waiting")}</p>
          </div>
        )}
        {data ? <Counts classes={classes} selected={selected} hidden={hidden} onToggle={toggle} onSelect={setSelected} /> : null}
      </div>
    </>
  );
}

/** Where the model puts what it sees: like lies near like once it has learnt to tell them apart. */
export function EmbeddingView({ run, name }: { run: RunDetail; name: string }) {
  const { t } = useTranslation("items");
  const [{ at }, change] = useItemsView();
  const { data: items, error, refetch } = useQuery(itemsQuery([run.id], { kinds: ["embedding"], names: [name] }));
  const epochs = useMemo(() => epochsOf(items ?? []), [items]);
  const epoch = epochs.findLast((one) => one <= (at ?? Infinity)) ?? epochs[0] ?? 0;
  const item = useMemo(() => itemsAt(items ?? [], epoch).get(name) ?? null, [items, epoch, name]);
  const content = useQuery(embeddingQuery(item));
  const failed = error ?? content.error;
  if (failed) return <Notice title={t("error")} detail={failed.message} action={{ label: t("retry"), run: () => void (error ? refetch() : content.refetch()) }} />;
  if (!item || !content.data) return <Skeleton height={360} />;
  return (
    <>
      <div className={styles.controls}>
        <EpochControl epochs={epochs} epoch={epoch} onChange={(value) => change({ at: value === epochs.at(-1) ? undefined : value })} />
      </div>
      <Projected key={item.id} item={item} embedding={content.data} />
    </>
  );
}
