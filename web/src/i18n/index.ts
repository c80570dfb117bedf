import i18next, { changeLanguage, use as extendWith } from "i18next";
import { initReactI18next } from "react-i18next";
import { remember } from "../lib/storage";
import { firstLanguage, languageOf, STORED_AS, textsOf, type Half, type Language } from "./texts";

export { LANGUAGES, type Language } from "./texts";

const HTML_LANG: Record<Language, string> = { en: "en", zh: "zh-CN" };

/** The language of the interface; also the locale that numbers and dates are written in. */
export function currentLanguage(): Language {
  return languageOf(i18next.language) ?? "en";
}

function markDocument(language: string): void {
  document.documentElement.lang = HTML_LANG[languageOf(language) ?? "en"];
}

const wanted = new Set<Half>(["first"]);

/** Brings what is wanted in a language. */
async function bring(language: Language): Promise<void> {
  for (const [name, texts] of await textsOf(language, wanted)) i18next.addResourceBundle(language, name, texts);
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
  const language = firstLanguage();
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
