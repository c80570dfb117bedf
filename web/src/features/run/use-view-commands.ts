import { useTranslation } from "react-i18next";
import { X_AXES } from "../../lib/columns";
import { useCommands } from "../../lib/commands";
import { route, useViewChange, zoomedTo } from "./route";
import type { TabId } from "./tab-ids";

/** The choices of the toolbar as commands, those apart that are in force. */
export function useViewCommands(): void {
  const { t } = useTranslation(["run", "commands"]);
  const { x = "step", scale = "linear" } = route.useSearch();
  const change = useViewChange();
  const choice = (what: string, value: string) => t("commands:choice", { what, value });
  const axes = X_AXES.filter((axis) => axis !== x).map((axis) => ({
    id: `axis-${axis}`,
    title: choice(t("toolbar.axis"), t(`toolbar.${axis}`)),
    run: () => change({ x: axis === "step" ? undefined : axis, ...zoomedTo(null) }),
  }));
  const other = scale === "log" ? "linear" : "log";
  const scales = { id: `scale-${other}`, title: choice(t("toolbar.scale"), t(`toolbar.${other}`)), run: () => change({ scale: other === "log" ? other : undefined }) };
  const reset = { id: "reset-zoom", title: t("toolbar.reset"), run: () => change(zoomedTo(null)) };
  useCommands([...axes, scales, reset]);
}

/** Ways to the other parts of the run's page. */
export function useTabCommands(others: readonly TabId[]): void {
  const { t } = useTranslation(["run", "commands"]);
  const change = useViewChange();
  useCommands(
    others.map((tab) => ({
      id: `tab-${tab}`,
      title: t("commands:choice", { what: t("tabs.label"), value: t(`tabs.${tab}`) }),
      run: () => change({ tab }),
    })),
  );
}
