import i18next, { changeLanguage, use as extendWith } from "i18next";
import { initReactI18next } from "react-i18next";
import { recall, remember } from "../lib/storage";

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED_AS = "yoloscope-language";
const HTML_LANG: Record<Language, string> = { en: "en", zh: "zh-CN" };

const languageOf = (text: string | null | undefined): Language | null =>
  LANGUAGES.find((language) => text?.toLowerCase().startsWith(language)) ?? null;

/** The language of the interface; also the locale that numbers and dates are written in. */
export function currentLanguage(): Language {
  return languageOf(i18next.language) ?? "en";
}

function markDocument(language: string): void {
  document.documentElement.lang = HTML_LANG[languageOf(language) ?? "en"];
}

type Half = "first" | "rest";
type Texts = Readonly<Record<string, object>>;

const HALVES: Record<Language, Record<Half, () => Promise<{ default: Texts }>>> = {
  en: { first: () => import("./en/first"), rest: () => import("./en/rest") },
  zh: { first: () => import("./zh/first"), rest: () => import("./zh/rest") },
};
const wanted = new Set<Half>(["first"]);

/** Brings what is wanted in a language; what is there already comes from the browser's module map. */
async function bring(language: Language): Promise<void> {
  const halves = await Promise.all([...wanted].map((half) => HALVES[language][half]()));
  for (const [name, texts] of halves.flatMap((half) => Object.entries(half.default))) i18next.addResourceBundle(language, name, texts);
}

let everything: Promise<void> | null = null;

/** The texts of every page: those of the list of runs are there from the start. */
export function bringAllTexts(): Promise<void> {
  wanted.add("rest");
  everything ??= bring(currentLanguage()).catch((reason: unknown) => {
    everything = null; // the next page tries again
    throw reason;
  });
  return everything;
}

export async function setLanguage(language: Language): Promise<void> {
  remember(STORED_AS, language);
  await bring(language);
  await changeLanguage(language);
}

export async function startI18n(): Promise<void> {
  const language = languageOf(recall(STORED_AS)) ?? languageOf(navigator.language) ?? "en";
  i18next.on("languageChanged", markDocument);
  await extendWith(initReactI18next).init({
    resources: {},
    lng: language,
    fallbackLng: false, // both languages have the same texts
    defaultNS: "app",
    interpolation: { escapeValue: false }, // React escapes
  });
  await bring(language);
}
