import { useTranslation } from "react-i18next";
import { currentLanguage, type Language } from "./index";

/** The current language, re-rendering when it changes. */
export function useLanguage(): Language {
  useTranslation();
  return currentLanguage();
}
