import i18next, { changeLanguage, use as extendWith } from "i18next";
import { initReactI18next } from "react-i18next";
import { recall, remember } from "../lib/storage";
import en from "./en";
import zh from "./zh";

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

export async function setLanguage(language: Language): Promise<void> {
  remember(STORED_AS, language);
  await changeLanguage(language);
}

export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", markDocument);
  await extendWith(initReactI18next).init({
    resources: { en, zh },
    lng: languageOf(recall(STORED_AS)) ?? languageOf(navigator.language) ?? "en",
    fallbackLng: "en",
    defaultNS: "app",
    interpolation: { escapeValue: false }, // React escapes
  });
}
