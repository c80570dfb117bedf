import { recall } from "../lib/storage";

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

export const STORED_AS = "yoloscope-language";

export type Half = "first" | "rest";
type Texts = Readonly<Record<string, object>>;

const HALVES: Record<Language, Record<Half, () => Promise<{ default: Texts }>>> = {
  en: { first: () => import("./en/first"), rest: () => import("./en/rest") },
  zh: { first: () => import("./zh/first"), rest: () => import("./zh/rest") },
};

export const languageOf = (text: string | null | undefined): Language | null =>
  LANGUAGES.find((language) => text?.toLowerCase().startsWith(language)) ?? null;

/** The language that was chosen, else the browser's where we have it. */
export const firstLanguage = (): Language => languageOf(recall(STORED_AS)) ?? languageOf(navigator.language) ?? "en";

/** Texts by their names; what is there already comes from the browser's module map. */
export async function textsOf(language: Language, halves: Iterable<Half>): Promise<readonly (readonly [string, object])[]> {
  const found = await Promise.all([...halves].map((half) => HALVES[language][half]()));
  return found.flatMap((half) => Object.entries(half.default));
}
