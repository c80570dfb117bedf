import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MediaItem, RunDetail } from "../../../api/client";
import { itemsAt } from "../../../items/epochs";
import { itemNamesQuery } from "../../../items/queries";
import { Notice } from "../../../ui/Notice";
import { useItemsView } from "../use-items-view";
import { WithheldNote } from "../WithheldNote";
import { Classes, Legend } from "./Classes";
import { BoxControls, EpochControl } from "./Controls";
import { Gallery } from "./Gallery";
import { Groups } from "./Groups";
import { companionOf, groupsFrom, layersOf, opacityOf, type Layers, type PictureGroup } from "./groups";
import styles from "./ImagesTab.module.css";
import { Large } from "./Large";
import { isCompared, talliesOf } from "./tally";
import { useBoxView } from "./use-box-view";
import { useItemsOf, usePictures, type Shown } from "./use-pictures";

const NO_NAMES: readonly string[] = [];

/** What belongs to a group's pictures at whatever epoch: heat maps, or the pictures under them. */
function useCompanions(run: string, group: PictureGroup, all: ReadonlySet<string>): readonly MediaItem[] {
  const names = useMemo(() => {
    const found = group.names.flatMap((name) => companionOf(name) ?? []).filter((name) => all.has(name));
    return found.length > 0 ? found : NO_NAMES;
  }, [group, all]);
  return useItemsOf(run, names).items;
}

/** What lies on top of each other at an epoch; the same function for as long as nothing of it changes. */
function useLayers(companions: readonly MediaItem[], epoch: number, opacity: number | undefined): (item: MediaItem) => Layers {
  const at = useMemo(() => itemsAt(companions, epoch), [companions, epoch]);
  return useCallback((item) => layersOf(item, at, opacity), [at, opacity]);
}

/** Sums over all pictures wait until the first epoch is here as a whole: else they would grow, and move, one picture after another. */
function useOnceWhole(isWhole: boolean): boolean {
  const [was, set] = useState(isWhole);
  if (isWhole && !was) set(true);
  return was;
}

const isNumbered = (shown: readonly Shown[]) => {
  const all = shown.flatMap(({ annotations }) => annotations ?? []);
  return all.length > 0 && all.every(({ title, kind }) => title === null && kind >= 0);
};

function GroupView({ run, group, all }: { run: RunDetail; group: PictureGroup; all: ReadonlySet<string> }) {
  const { t } = useTranslation("items");
  const [{ at, heat, mask, picture, beside }, change] = useItemsView();
  const pictures = usePictures(run, group, at);
  const { shown, epochs, epoch } = pictures;
  const isCounted = useOnceWhole(pictures.isWhole);
  const annotated = useMemo(() => shown.map(({ annotations }) => annotations ?? []), [shown]);
  const compares = useMemo(() => isCompared(group.id, annotated), [group.id, annotated]);
  const view = useBoxView(compares);
  const tallies = useMemo(() => talliesOf(annotated, view.confidence), [annotated, view.confidence]);
  const companions = useCompanions(run.id, group, all);
  const layers = useLayers(companions, epoch, heat);
  const layersBeside = useLayers(companions, beside ?? epoch, heat);
  const open = useCallback((name: string | undefined) => change({ picture: name, beside: undefined }), [change]);
  const hasMask = shown.some(({ item }) => item.parts.some(({ role }) => role === "mask"));
  if (pictures.error) return <Notice title={t("error")} detail={pictures.error.message} action={{ label: t("retry"), run: pictures.retry }} />;
  if (!pictures.isLoaded) return <Skeleton height={320} />;
  const hasPredictions = compares || annotated.some((some) => some.some(({ isTruth }) => !isTruth));
  const opacity = companions.length > 0 ? opacityOf(group.id, heat) : null;
  const controls = <BoxControls compares={compares} hasPredictions={hasPredictions} heat={opacity} hasMask={hasMask} />;
  return (
    <>
      <div className={styles.controls}>
        <EpochControl epochs={epochs} epoch={epoch} onChange={(value) => change({ at: value === epochs.at(-1) ? undefined : value })} />
        {controls}
      </div>
      {compares && isCounted ? <Legend tallies={tallies} hidden={view.hidden} /> : null}
      {tallies.length > 0 && isCounted ? <Classes tallies={tallies} compares={compares} /> : null}
      {isNumbered(shown) ? <WithheldNote what="classes" /> : null}
      <Gallery shown={shown} epoch={epoch} view={view} withMask={mask !== false} layersOf={layers} onOpen={open} />
      {picture === undefined ? null : (
        <Large run={run} pictures={pictures} name={picture} view={view} layersOf={layers} layersBeside={layersBeside} controls={controls} onOpen={open} />
      )}
    </>
  );
}

/** The pictures that a training logged, with boxes that are data. */
export default function ImagesTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("items");
  const [{ group: wanted }, change] = useItemsView();
  const { data, error, refetch } = useQuery(itemNamesQuery(run.id));
  const groups = useMemo(() => groupsFrom(data ?? []), [data]);
  const all = useMemo(() => new Set(data?.map(({ name }) => name)), [data]);
  const group = groups.find(({ id }) => id === wanted) ?? groups[0];
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  if (!data) return <Skeleton className={styles.loading} />;
  if (!group) return <Notice title={t("images.none")} detail={t("mediaHow", { project: run.project })} />;
  return (
    <div className={styles.images} data-testid="images">
      <Groups groups={groups} chosen={group.id} onChoose={(id) => change({ group: id, at: undefined, picture: undefined, beside: undefined })} />
      <GroupView key={group.id} run={run} group={group} all={all} />
    </div>
  );
}
