import { X_AXES, type Span, type XAxis } from "../../lib/columns";
import { clamp } from "../../lib/numbers";
import { SECTIONS, type SectionId } from "./derive";
import { TAB_IDS, type TabId } from "./tab-ids";

/** What the address holds beside the run: the whole view, so that a copied link shows the same. */
export interface RunSearch {
  readonly tab?: TabId;
  readonly x?: XAxis;
  readonly scale?: "log";
  readonly smooth?: number;
  /** Whether points are shown that a later attempt took the place of. */
  readonly superseded?: true;
  readonly from?: number;
  readonly to?: number;
  readonly closed?: readonly SectionId[];
}

const MOST_SMOOTHING = 0.99;

const finite = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

/** Keeps what is understood; anything else in the address falls back to the default. */
export function parseRunSearch(raw: Record<string, unknown>): RunSearch {
  const x = X_AXES.find((axis) => axis === raw.x && axis !== "step");
  const tab = TAB_IDS.find((one) => one === raw.tab);
  const smooth = clamp(finite(raw.smooth) ?? 0, 0, MOST_SMOOTHING);
  const [from, to] = [finite(raw.from), finite(raw.to)];
  const listed: unknown[] = Array.isArray(raw.closed) ? raw.closed : [];
  const closed = SECTIONS.filter((id) => listed.includes(id));
  return {
    ...(tab ? { tab } : {}),
    ...(x ? { x } : {}),
    ...(raw.scale === "log" ? { scale: raw.scale } : {}),
    ...(smooth > 0 ? { smooth } : {}),
    ...(raw.superseded === true ? { superseded: raw.superseded } : {}),
    ...(from !== undefined && to !== undefined && from < to ? { from, to } : {}),
    ...(closed.length > 0 ? { closed } : {}),
  };
}

export function windowOf({ from, to }: RunSearch): Span | null {
  return from === undefined || to === undefined ? null : [from, to];
}
