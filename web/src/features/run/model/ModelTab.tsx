import { SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MediaName, RunDetail } from "../../../api/client";
import { itemNamesQuery } from "../../../items/queries";
import { InfoIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import type { Inside } from "../items-search";
import { useItemsView } from "../use-items-view";
import { EmbeddingView } from "./EmbeddingView";
import { GraphView } from "./GraphView";
import { insidesOf, layersByQuantity } from "./groups";
import { HistogramsView } from "./HistogramsView";
import styles from "./Model.module.css";

function View({ run, names, inside }: { run: RunDetail; names: readonly MediaName[]; inside: Inside }) {
  const layers = useMemo(() => layersByQuantity(names), [names]);
  if (inside === "histograms") return <HistogramsView run={run} layers={layers} />;
  if (inside === "graph") return <GraphView run={run} />;
  return <EmbeddingView run={run} name={names.find(({ kind }) => kind === "embedding")?.name ?? ""} />;
}

/** The inside of the model: its values over time, its layers, and where it puts what it sees. */
export default function ModelTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("items");
  const [{ inside: wanted }, change] = useItemsView();
  const { data, error, refetch } = useQuery(itemNamesQuery(run.id));
  const insides = useMemo(() => insidesOf(data ?? []), [data]);
  const inside = insides.find((one) => one === (wanted ?? "histograms")) ?? insides[0];
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  if (!data) return <Skeleton className={styles.loading} />;
  if (!inside) return <Notice title={t("model.none")} detail={t("mediaHow", { project: run.project })} />;
  const isWithheld = !data.some(({ kind }) => kind === "graph" || kind === "embedding" || kind === "image");
  return (
    <div className={styles.model} data-testid="model">
      {insides.length > 1 ? (
        <SegmentedControl
          className={styles.insides}
          size="xs"
          aria-label={t("model.insides.label")}
          data={insides.map((value) => ({ value, label: t(`model.insides.${value}`) }))}
          value={inside}
          onChange={(value) => change({ inside: value === "graph" || value === "embedding" ? value : undefined })}
        />
      ) : null}
      <View run={run} names={data} inside={inside} />
      {isWithheld ? (
        <p className={styles.note} data-testid="media-withheld">
          <InfoIcon />
          {t("model.withheld", { project: run.project })}
        </p>
      ) : null}
    </div>
  );
}
