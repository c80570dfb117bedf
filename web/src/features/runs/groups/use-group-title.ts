import { useTranslation } from "react-i18next";
import { HEALTHS } from "../../../ui/HealthBadge";
import { useColumnLabel } from "../columns/use-column-label";

type T = ReturnType<typeof useTranslation<readonly ["runs", "states"]>>["t"];

const STATES = ["queued", "running", "paused", "finished", "stopped", "crashed", "failed", "unreachable", "stalled"] as const;

function said(t: T, by: string, key: string): string {
  const state = by === "state" ? STATES.find((one) => one === key) : undefined;
  if (state) return t(`states:${state}`);
  const health = by === "health" ? HEALTHS.find((one) => one === key) : undefined;
  if (health) return t(`states:health.${health}`);
  return key === "true" || key === "false" ? t(key === "true" ? "yes" : "no") : key;
}

/** How a group is called: its value, with the name of a setting before it. */
export function useGroupTitle(by: string | undefined): (key: string) => string {
  const { t } = useTranslation(["runs", "states"]);
  const label = useColumnLabel();
  return (key) => {
    const what = label(by ?? "");
    if (key === "") return t("groups.without", { what });
    return by !== undefined && by.includes(".") ? `${what}: ${said(t, by, key)}` : said(t, by ?? "", key);
  };
}
