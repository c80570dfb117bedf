export type ChartTheme = "light" | "dark";

/**
 * Twenty colours, the same hue at the same place of both themes. Each reaches a contrast of 3:1 on its theme's surface.
 * They were searched and ordered for eyes that lack red or green: neighbours stay far apart for them too, and no two of
 * the twenty fall together; the first ten are those that all eyes tell apart best. `palette.test.ts` computes both.
 */
const LINES: Record<ChartTheme, readonly string[]> = {
  light: [
    "#206ce7", "#584503", "#298c01", "#f45693", "#780374", "#176c5f", "#4f42c9", "#3aa273", "#4a4456", "#bb6546",
    "#015636", "#699f08", "#b139ab", "#61620c", "#d13d91", "#252fb1", "#9e4766", "#7e83d3", "#72478f", "#990b3d",
  ],
  dark: [
    "#84b2fd", "#9c7c0b", "#71ca5d", "#fac8d6", "#b654b0", "#16b09b", "#8688fe", "#7fe3b0", "#898296", "#fba587",
    "#2b9667", "#a5e060", "#ec86e4", "#9d9e3d", "#fc9ac9", "#5a76e4", "#e183a1", "#c0c5ff", "#af82d0", "#de5774",
  ],
};

interface Ink {
  readonly axis: string;
  readonly split: string;
  readonly label: string;
  readonly text: string;
  readonly surface: string;
  readonly warning: string;
  readonly critical: string;
}

const INK: Record<ChartTheme, Ink> = {
  light: { axis: "#c9ced6", split: "#eceef2", label: "#5a6472", text: "#171b21", surface: "#ffffff", warning: "#855407", critical: "#c5303a" },
  dark: { axis: "#3a414c", split: "#242a32", label: "#98a2b0", text: "#e6eaef", surface: "#15191f", warning: "#e5b155", critical: "#ff7a80" },
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
