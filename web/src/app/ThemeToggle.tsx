import { ActionIcon, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useColorScheme } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { AutoIcon, MoonIcon, SunIcon } from "../ui/icons";

const ICONS = { auto: AutoIcon, light: SunIcon, dark: MoonIcon } as const;
const OTHER = { light: "dark", dark: "light" } as const;

/** From the system's choice to the other scheme, so that the first click is seen; then to the system's own, then back to its choice. */
function nextScheme(now: MantineColorScheme, system: "light" | "dark"): MantineColorScheme {
  if (now === "auto") return OTHER[system];
  return now === system ? "auto" : system;
}

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
