/** What a report says. All of it is text; the writer decides what becomes markup. */
export interface Report {
  readonly language: "en" | "zh";
  readonly title: string;
  /** What kind of report it is, above the title. */
  readonly kind: string;
  /** When it was made, and where from. */
  readonly made: string;
  /** The page that it was made of. */
  readonly link: string;
  readonly blocks: readonly Block[];
}

export interface Cell {
  readonly text: string;
  readonly isBest?: boolean;
  /** The place of a line's colour, shown as a piece of it. */
  readonly color?: number;
  readonly link?: string;
}

export type Block =
  | { readonly kind: "facts"; readonly facts: readonly Fact[] }
  | { readonly kind: "note"; readonly title: string; readonly text: string }
  | { readonly kind: "charts"; readonly title: string; readonly svgs: readonly string[] }
  | { readonly kind: "table"; readonly title: string; readonly note?: string; readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[]; readonly isText?: boolean }
  | { readonly kind: "matrix"; readonly title: string; readonly note: string; readonly corner: string; readonly columns: readonly string[]; readonly rows: readonly MatrixRow[] }
  | { readonly kind: "settings"; readonly title: string; readonly facts: readonly Fact[]; readonly isFolded: boolean }
  | { readonly kind: "pictures"; readonly title: string; readonly pictures: readonly ReportPicture[] };

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface MatrixRow {
  readonly label: string;
  /** What each cell says, and how strong it is drawn, 0 to 1. */
  readonly cells: readonly { readonly text: string; readonly share: number }[];
}

export interface ReportPicture {
  readonly name: string;
  /** A data address; anything else is left out. */
  readonly data: string;
}
