import { useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { setLanguage } from "../../i18n";
import { useLanguage } from "../../i18n/use-language";
import type { Command } from "../../lib/commands";

const SCHEMES = ["light", "dark", "auto"] as const;

/** What can be done on every page. */
export function useOwnCommands(): readonly Command[] {
  const { t } = useTranslation(["commands", "app"]);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const other = useLanguage() === "en" ? "zh" : "en";
  const schemes = SCHEMES.filter((scheme) => scheme !== colorScheme).map((scheme) => ({
    id: `scheme-${scheme}`,
    title: t("app:theme.label", { scheme: t(`app:theme.${scheme}`) }),
    run: () => setColorScheme(scheme),
  }));
  return [...schemes, { id: `language-${other}`, title: t("app:language"), run: () => void setLanguage(other) }];
}
