/** How the reader arranged the charts of a project: sizes, order, pins, and what is hidden. By keys of charts. */
export interface ChartLayout {
  readonly sizes: Readonly<Record<string, TileSize>>;
  /** By section: its charts in the order that was chosen; others follow. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  readonly pinned: readonly string[];
  readonly hidden: readonly string[];
}

export interface TileSize {
  /** Columns of the grid. */
  readonly width: number;
  /** A step of `PLOT_HEIGHTS`, from 1 on. */
  readonly height: number;
}

export const PLOT_HEIGHTS = [150, 216, 330, 480] as const; // px
export const MOST_WIDTH = 4;
export const DEFAULT_SIZE: TileSize = { width: 1, height: 2 };
export const EMPTY_LAYOUT: ChartLayout = { sizes: {}, order: {}, pinned: [], hidden: [] };

export const plotHeight = ({ height }: TileSize): number => PLOT_HEIGHTS[height - 1] ?? PLOT_HEIGHTS[1];

/** The step whose height comes nearest to a height in pixels. */
export function nearestHeight(px: number): number {
  const distances = PLOT_HEIGHTS.map((height) => Math.abs(height - px));
  return distances.indexOf(Math.min(...distances)) + 1;
}

export const sizeOf = ({ sizes }: ChartLayout, key: string, columns: number): TileSize => {
  const { width, height } = sizes[key] ?? DEFAULT_SIZE;
  return { width: Math.min(width, columns), height };
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
const fieldsOf = (value: unknown): [string, unknown][] => (isFields(value) ? Object.entries(value) : []);
const stepOf = (value: unknown, most: number): number | null => (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most ? value : null);

function sizesFrom(value: unknown): Record<string, TileSize> {
  const entries = fieldsOf(value).flatMap(([key, size]): [string, TileSize][] => {
    const [width, height] = isFields(size) ? [stepOf(size.width, MOST_WIDTH), stepOf(size.height, PLOT_HEIGHTS.length)] : [null, null];
    return width !== null && height !== null ? [[key, { width, height }]] : [];
  });
  return Object.fromEntries(entries);
}

/** An arrangement as far as it is understood. */
export function layoutFrom(raw: unknown): ChartLayout {
  if (!isFields(raw)) return EMPTY_LAYOUT;
  const order = Object.fromEntries(fieldsOf(raw.order).map(([section, keys]) => [section, textsOf(keys)]));
  return { sizes: sizesFrom(raw.sizes), order, pinned: textsOf(raw.pinned), hidden: textsOf(raw.hidden) };
}

/** What was remembered, as far as it is understood. */
export function parseLayout(text: string | null): ChartLayout {
  if (text === null) return EMPTY_LAYOUT;
  try {
    return layoutFrom(JSON.parse(text));
  } catch {
    return EMPTY_LAYOUT;
  }
}

export function withSize(layout: ChartLayout, key: string, size: TileSize): ChartLayout {
  const { [key]: _, ...others } = layout.sizes;
  const isDefault = size.width === DEFAULT_SIZE.width && size.height === DEFAULT_SIZE.height;
  return { ...layout, sizes: isDefault ? others : { ...others, [key]: size } };
}

const toggledIn = (list: readonly string[], key: string) => (list.includes(key) ? list.filter((one) => one !== key) : [...list, key]);

export const withPin = (layout: ChartLayout, key: string): ChartLayout => ({ ...layout, pinned: toggledIn(layout.pinned, key) });
export const withHidden = (layout: ChartLayout, key: string): ChartLayout => ({ ...layout, hidden: toggledIn(layout.hidden, key) });
export const withShown = (layout: ChartLayout, keys: readonly string[]): ChartLayout => ({ ...layout, hidden: layout.hidden.filter((key) => !keys.includes(key)) });

/** Keys in the chosen order; those that nobody moved keep their place among themselves, after what stood before them. */
export function inOrder(keys: readonly string[], chosen: readonly string[]): string[] {
  const known = chosen.filter((key) => keys.includes(key));
  const result = [...known];
  keys.forEach((key, at) => {
    if (known.includes(key)) return;
    const before = keys.slice(0, at).findLast((one) => result.includes(one));
    result.splice(before === undefined ? 0 : result.indexOf(before) + 1, 0, key);
  });
  return result;
}

/** As few of the chosen keys as put these keys into the same order; keys that are not among them stay. */
export function shortOrder(keys: readonly string[], chosen: readonly string[]): readonly string[] {
  const wanted = inOrder(keys, chosen).join("\n");
  return chosen.reduce((short, key) => {
    const fewer = short.filter((one) => one !== key);
    return keys.includes(key) && inOrder(keys, fewer).join("\n") === wanted ? fewer : short;
  }, chosen);
}

/** The keys after one of them was put at an index of the others. */
export function movedTo(keys: readonly string[], key: string, index: number): string[] {
  const others = keys.filter((one) => one !== key);
  others.splice(Math.max(0, Math.min(others.length, index)), 0, key);
  return others;
}

export const PINNED = "pinned";

/** Remembers the order of a section; that of the pins is the list of pins itself. */
export function withOrder(layout: ChartLayout, section: string, keys: readonly string[]): ChartLayout {
  if (section === PINNED) return { ...layout, pinned: [...keys, ...layout.pinned.filter((key) => !keys.includes(key))] };
  return { ...layout, order: { ...layout.order, [section]: keys } };
}

export const isUntouched = ({ sizes, order, pinned, hidden }: ChartLayout): boolean =>
  Object.keys(sizes).length + Object.keys(order).length + pinned.length + hidden.length === 0;
