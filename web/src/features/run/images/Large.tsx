import { ActionIcon, Button } from "@mantine/core";
import { useEffect, useMemo, useRef, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MediaItem, RunDetail } from "../../../api/client";
import type { BoxView } from "../../../items/drawn";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { CloseIcon, LeftIcon, ResetIcon, RightIcon, ZoomInIcon, ZoomOutIcon } from "../../../ui/icons";
import { useItemsView } from "../use-items-view";
import { EpochControl } from "./Controls";
import type { Layers } from "./groups";
import styles from "./Large.module.css";
import { Stage } from "./Stage";
import { usePictures, type Pictures, type Shown } from "./use-pictures";
import { useZoom, type Zoom } from "./use-zoom";
import { FITTED } from "./zoom";

const STEP = 1.4;

const enlarged = (zoom: Zoom, factor: number) =>
  zoom.set((view) => (view.scale * factor <= 1 ? FITTED : { ...view, scale: Math.min(40, view.scale * factor) }));

function Tool({ label, icon, run, disabled = false }: { label: string; icon: ReactNode; run: () => void; disabled?: boolean }) {
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} title={label} disabled={disabled} onClick={run}>
      {icon}
    </ActionIcon>
  );
}

function keysOf(zoom: Zoom, go: (by: number) => void): Record<string, () => void> {
  return {
    ArrowLeft: () => go(-1),
    ArrowRight: () => go(1),
    "+": () => enlarged(zoom, STEP),
    "=": () => enlarged(zoom, STEP),
    "-": () => enlarged(zoom, 1 / STEP),
    "0": () => zoom.set(() => FITTED),
  };
}

/** A slider, a field or a button within takes arrow keys itself. */
const isTaken = (event: KeyboardEvent) => event.target instanceof HTMLElement && event.target.closest("[role=slider], input, [role=radiogroup]") !== null;

interface HeadProps {
  readonly name: string;
  /** Its place among all, -1 if it is not there. */
  readonly at: number;
  readonly count: number;
  readonly epochs: readonly number[];
  readonly epoch: number;
  readonly zoom: Zoom;
  readonly onGo: (by: number) => void;
  readonly onClose: () => void;
}

function Head({ name, at, count, epochs, epoch, zoom, onGo, onClose }: HeadProps) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const [{ beside }, change] = useItemsView();
  const earlier = epochs.findLast((one) => one < epoch) ?? epochs[0];
  return (
    <header className={styles.head}>
      <Tool label={t("images.previous")} icon={<LeftIcon />} run={() => onGo(-1)} disabled={at <= 0} />
      <Tool label={t("images.next")} icon={<RightIcon />} run={() => onGo(1)} disabled={at < 0 || at >= count - 1} />
      <h2 title={name}>{name}</h2>
      <span className={styles.count}>{at < 0 ? null : `${formatNumber(at + 1, language)} / ${formatNumber(count, language)}`}</span>
      {epochs.length > 1 ? (
        <Button
          size="compact-sm"
          variant={beside === undefined ? "default" : "light"}
          aria-pressed={beside !== undefined}
          onClick={() => change({ beside: beside === undefined ? earlier : undefined })}
          data-testid="beside"
        >
          {t("images.beside")}
        </Button>
      ) : null}
      <Tool label={t("images.zoomOut")} icon={<ZoomOutIcon />} run={() => enlarged(zoom, 1 / STEP)} />
      <Tool label={t("images.zoomIn")} icon={<ZoomInIcon />} run={() => enlarged(zoom, STEP)} />
      <Tool label={t("images.fit")} icon={<ResetIcon />} run={() => zoom.set(() => FITTED)} />
      <Tool label={t("close")} icon={<CloseIcon />} run={onClose} />
    </header>
  );
}

interface LargeProps {
  readonly run: RunDetail;
  readonly pictures: Pictures;
  readonly name: string;
  readonly view: BoxView;
  readonly layersOf: (item: MediaItem) => Layers;
  readonly layersBeside: (item: MediaItem) => Layers;
  readonly controls: ReactNode;
  readonly onOpen: (name: string | undefined) => void;
}

/** The same picture at another epoch, beside the chosen one. */
function useBeside(run: RunDetail, name: string, epoch: number | undefined): Shown | undefined {
  const group = useMemo(() => ({ id: name, names: [name] }), [name]);
  const { shown } = usePictures(run, group, epoch);
  return epoch === undefined ? undefined : shown[0];
}

function useDialog(onClose: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  const cancel = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    onClose();
  };
  return { dialog, cancel };
}

/** One picture over the whole window: zoom, the pictures around it, and the same one at another epoch beside it. */
export function Large({ run, pictures, name, view, layersOf, layersBeside, controls, onOpen }: LargeProps) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const [{ beside, mask }, change] = useItemsView();
  const zoom = useZoom();
  const { shown, epochs, epoch } = pictures;
  const at = shown.findIndex(({ item }) => item.name === name);
  const current = shown[at];
  const other = useBeside(run, name, beside);
  const { dialog, cancel } = useDialog(() => onOpen(undefined));
  const go = (by: number) => {
    const next = shown[at + by];
    if (!next) return;
    zoom.set(() => FITTED);
    onOpen(next.item.name);
  };
  const key = (event: KeyboardEvent) => {
    const act = keysOf(zoom, go)[event.key];
    if (!act || isTaken(event) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  const said = (one: number) => t("epoch", { epoch: formatNumber(one, language) });
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of a whole view
    <dialog ref={dialog} className={styles.large} aria-label={name} onCancel={cancel} onKeyDown={key} data-testid="large">
      <Head name={name} at={at} count={shown.length} epochs={epochs} epoch={epoch} zoom={zoom} onGo={go} onClose={() => onOpen(undefined)} />
      <div className={styles.stages}>
        {other ? <Stage shown={other} layers={layersBeside(other.item)} view={view} withMask={mask !== false} zoom={zoom} caption={said(beside ?? 0)} /> : null}
        {current ? <Stage shown={current} layers={layersOf(current.item)} view={view} withMask={mask !== false} zoom={zoom} caption={said(epoch)} /> : <p className={styles.gone}>{t("images.gone")}</p>}
      </div>
      <div className={styles.foot}>
        {beside === undefined ? null : <EpochControl epochs={epochs} epoch={beside} label={t("images.leftEpoch")} onChange={(value) => change({ beside: value })} />}
        <EpochControl epochs={epochs} epoch={epoch} onChange={(value) => change({ at: value === epochs.at(-1) ? undefined : value })} />
        {controls}
      </div>
    </dialog>
  );
}
