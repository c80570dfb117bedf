import { ActionIcon, useMantineColorScheme } from "@mantine/core";
import { useColorScheme } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { AutoIcon, MoonIcon, SunIcon } from "../ui/icons";
import { nextScheme } from "./scheme";

const ICONS = { auto: AutoIcon, light: SunIcon, dark: MoonIcon } as const;

/** Steps through light, dark and the system's choice. */
export function ThemeToggle() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const system = useColorScheme();
  const Icon = ICONS[colorScheme];
  const label = t("theme.label", { scheme: t(`theme.${colorScheme}`) });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      data-testid="theme-toggle"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(nextScheme(colorScheme, system))}
    >
      <Icon />
    </ActionIcon>
  );
}
