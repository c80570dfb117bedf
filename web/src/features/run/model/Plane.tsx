import { ActionIcon, useComputedColorScheme } from "@mantine/core";
import { lazy, memo, Suspense, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { embeddingOption } from "../../../charts/options/embedding";
import type { Embedding } from "../../../items/content";
import type { Seen } from "../../../items/embedding-pictures";
import { endsOf, isWithin, nearest, pxFrom, type Spot, type Window } from "../../../items/plane";
import { clamp } from "../../../lib/numbers";
import { ResetIcon, ZoomInIcon, ZoomOutIcon } from "../../../ui/icons";
import { useWidth } from "../../../ui/use-width";
import styles from "./Embedding.module.css";
import { PointTip } from "./PointTip";
import { usePlane, type Tool } from "./use-plane";
import { usePlaneView, type PlaneView } from "./use-plane-view";
import type { PointClass } from "./use-projection";

const Figure = lazy(() => import("../../../charts/Figure"));

const NEAR_PX = 12;
const [LEAST_PX, MOST_PX] = [300, 560];

interface PlaneProps {
  readonly points: readonly (readonly number[])[];
  readonly embedding: Embedding;
  readonly classes: readonly PointClass[];
  readonly hidden: ReadonlySet<number>;
  readonly selected: ReadonlySet<number> | null;
  readonly seen: ReadonlyMap<number, Seen>;
  readonly vectorOf: (point: number) => number;
  readonly tool: Tool;
  readonly onSelect: (selected: ReadonlySet<number> | null) => void;
}

interface ScatterProps {
  readonly points: readonly Spot[];
  readonly classes: readonly PointClass[];
  readonly hidden: ReadonlySet<number>;
  readonly selected: ReadonlySet<number> | null;
  readonly window: Window;
  readonly width: number;
  readonly height: number;
  readonly label: string;
}

/** Draws anew only when what it draws has changed: not while the pointer passes over it. */
const Scatter = memo(function Scatter({ points, classes, hidden, selected, window, width, height, label }: ScatterProps) {
  const theme = useComputedColorScheme("light");
  const groups = classes.filter(({ kind }) => !hidden.has(kind));
  const option = embeddingOption({ points, groups, selected, ...endsOf(window, { width, height }), theme });
  return (
    <Suspense>
      <Figure name="embedding" label={label} option={option} height={height} />
    </Suspense>
  );
});

/** For fingers: what a wheel and keys do otherwise. */
function Buttons({ keys }: { keys: PlaneView["keys"] }) {
  const { t } = useTranslation("items");
  const tools = [
    { key: "+", label: t("images.zoomIn"), icon: <ZoomInIcon /> },
    { key: "-", label: t("images.zoomOut"), icon: <ZoomOutIcon /> },
    { key: "0", label: t("images.fit"), icon: <ResetIcon /> },
  ];
  return (
    <div className={styles.buttons}>
      {tools.map(({ key, label, icon }) => (
        <ActionIcon key={key} variant="default" size="lg" aria-label={label} title={label} onClick={keys[key]}>
          {icon}
        </ActionIcon>
      ))}
    </div>
  );
}

function Outline({ corners }: { corners: readonly Spot[] }) {
  if (corners.length < 2) return null;
  return (
    <svg className={styles.outline} aria-hidden="true">
      <polygon points={corners.map((spot) => spot.join(",")).join(" ")} />
    </svg>
  );
}

/** Points that can be looked at from near and far, turned if they fill a room, and drawn around. */
export function Plane({ points, embedding, classes, hidden, selected, seen, vectorOf, tool, onSelect }: PlaneProps) {
  const { t } = useTranslation("items");
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const size = { width, height: Math.round(clamp(width * 0.7, LEAST_PX, MOST_PX)) };
  const [hover, setHover] = useState<Spot | null>(null);
  const { flat, window, zoom, move, keys } = usePlaneView(points, size);
  const drawn = flat.map((point) => pxFrom(point, window, size));
  const isShown = (at: number) => !hidden.has(embedding.classes[vectorOf(at)] ?? -1);
  const within = (corners: readonly Spot[]) => new Set(drawn.flatMap((spot, at) => (isShown(at) && isWithin(spot, corners) ? [at] : [])));
  const outline = usePlane(holder, tool, { onZoom: zoom, onMove: move, onOutline: (corners) => onSelect(corners && within(corners)), onHover: setHover });
  const found = hover ? nearest(drawn, hover, NEAR_PX, isShown) : null;
  const key = (event: KeyboardEvent) => {
    const act = event.key === "Escape" ? () => onSelect(null) : keys[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  const label = t("model.plane", { count: points.length });
  return (
    <div className={styles.frame}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- it is moved by keys */}
      <div ref={holder} className={styles.plane} data-tool={tool} style={{ height: size.height }} role="application" aria-label={label} tabIndex={0} onKeyDown={key} data-testid="plane">
        {width === 0 ? null : <Scatter points={flat} classes={classes} hidden={hidden} selected={selected} window={window} width={width} height={size.height} label={label} />}
        <Outline corners={outline} />
        {found === null || !drawn[found] ? null : <PointTip at={drawn[found]} size={size} embedding={embedding} vector={vectorOf(found)} seen={seen.get(vectorOf(found)) ?? null} />}
      </div>
      <Buttons keys={keys} />
    </div>
  );
}
