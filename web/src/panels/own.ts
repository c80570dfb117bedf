import { parseSettings, settingsText, type ChartSettings } from "./settings";

/** How single charts differ from their page, by key, as `settingsText` writes it: short, because it stands in an address. */
export type OwnSettings = Readonly<Record<string, string>>;

/** An address reads a text of digits as a number. */
const textOf = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** What is understood of it; undefined for nothing. */
export function ownFrom(value: unknown): OwnSettings | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).flatMap(([key, text]): [string, string][] => {
    const known = settingsText(parseSettings(textOf(text)));
    return known === "" ? [] : [[key, known]];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

export function settingsByChart(own: OwnSettings = {}): Record<string, ChartSettings> {
  return Object.fromEntries(Object.entries(own).map(([key, text]) => [key, parseSettings(text)]));
}

/** The settings of single charts after one of them changed; undefined where none is left. */
export function ownWith(own: OwnSettings = {}, chart: string, settings: ChartSettings): OwnSettings | undefined {
  const { [chart]: _, ...others } = own;
  const text = settingsText(settings);
  const next = text === "" ? others : { ...others, [chart]: text };
  return Object.keys(next).length > 0 ? next : undefined;
}
