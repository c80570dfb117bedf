import { ActionIcon, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { AutoIcon, MoonIcon, SunIcon } from "../ui/icons";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const satisfies Record<MantineColorScheme, MantineColorScheme>;
const ICONS = { auto: AutoIcon, light: SunIcon, dark: MoonIcon } as const;

/** Steps through light, dark and the system's choice. */
export function ThemeToggle() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = ICONS[colorScheme];
  const label = t("theme.label", { scheme: t(`theme.${colorScheme}`) });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      data-testid="theme-toggle"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(NEXT[colorScheme])}
    >
      <Icon />
    </ActionIcon>
  );
}
