export type ChartTheme = "light" | "dark";

/**
 * Twenty colours, the same hue at the same place of both themes. Each reaches a contrast of 3:1 on its theme's surface.
 * They were searched and ordered for eyes that lack red or green: neighbours stay far apart for them too, and no two of
 * the twenty fall together. `palette.test.ts` computes both.
 */
const LINES: Record<ChartTheme, readonly string[]> = {
  light: [
    "#206ce7", "#298c01", "#780374", "#015636", "#f45693", "#9e4766", "#252fb1", "#61620c", "#72478f", "#699f08",
    "#7e83d3", "#4a4456", "#d13d91", "#4f42c9", "#584503", "#bb6546", "#990b3d", "#b139ab", "#3aa273", "#176c5f",
  ],
  dark: [
    "#84b2fd", "#71ca5d", "#b654b0", "#2b9667", "#fac8d6", "#e183a1", "#5a76e4", "#9d9e3d", "#af82d0", "#a5e060",
    "#c0c5ff", "#898296", "#fc9ac9", "#8688fe", "#9c7c0b", "#fba587", "#de5774", "#ec86e4", "#7fe3b0", "#16b09b",
  ],
};

interface Ink {
  readonly axis: string;
  readonly split: string;
  readonly label: string;
  readonly text: string;
  readonly surface: string;
}

const INK: Record<ChartTheme, Ink> = {
  light: { axis: "#c9ced6", split: "#eceef2", label: "#5a6472", text: "#171b21", surface: "#ffffff" },
  dark: { axis: "#3a414c", split: "#242a32", label: "#98a2b0", text: "#e6eaef", surface: "#15191f" },
};

export const PALETTE_SIZE = 20;

export function lineColor(theme: ChartTheme, index: number): string {
  const colors = LINES[theme];
  return colors[index % colors.length] ?? INK[theme].label;
}

export function ink(theme: ChartTheme): Ink {
  return INK[theme];
}

const SOLID: readonly number[] = [];
const ROUNDS = [SOLID, [7, 3], [2, 2.5], [9, 3, 2, 3]] as const; // px: beyond the colours, patterns tell lines apart
const DASHED_ROUNDS = [[5, 3], [3, 5], [1.5, 4], [5, 3, 1, 3]] as const;

/** The pattern of a line: solid for the first twenty, then one pattern for each further round of the colours. */
export function lineDash(index: number, dashed = false): readonly number[] {
  const rounds = dashed ? DASHED_ROUNDS : ROUNDS;
  return rounds[Math.floor(index / PALETTE_SIZE) % rounds.length] ?? SOLID;
}

export interface RunColor {
  /** What `PlannedLine.color` takes. */
  readonly color: number;
  readonly dash: readonly number[];
  readonly css: (theme: ChartTheme) => string;
}

/** How the run at this place of a selection looks in every chart, legend and table. */
export function runColor(index: number): RunColor {
  return { color: index, dash: lineDash(index), css: (theme) => lineColor(theme, index) };
}
