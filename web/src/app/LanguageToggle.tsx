import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { setLanguage } from "../i18n";
import { useLanguage } from "../i18n/use-language";

export function LanguageToggle() {
  const { t } = useTranslation();
  const other = useLanguage() === "en" ? "zh" : "en";
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      data-testid="lang-toggle"
      aria-label={t("language")}
      title={t("language")}
      lang={other === "zh" ? "zh-CN" : "en"}
      onClick={() => void setLanguage(other)}
    >
      {t("languageShort")}
    </Button>
  );
}
