import { ActionIcon, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { copyText } from "../../../lib/clipboard";
import type { Report } from "../../../panels/report/report";
import { useTitles } from "../../../panels/use-chart-title";
import { MoreIcon } from "../../../ui/icons";
import { useToasts } from "../../../ui/Toasts";
import type { Comparison } from "../use-comparison";

function useReport(comparison: Comparison) {
  const { t } = useTranslation(["report", "compare", "states"]);
  const language = useLanguage();
  const client = useQueryClient();
  const toasts = useToasts();
  const titleOf = useTitles();

  async function make(handOver: (report: Report) => void): Promise<void> {
    const { makeCompareReport } = await import("./make");
    handOver(await makeCompareReport({ client, comparison, language, t, titleOf, nowMs: Date.now(), link: window.location.href }));
  }
  function told(work: Promise<void>): void {
    toasts.show({ text: t("report:making") });
    work.catch((reason: unknown) => toasts.show({ text: t("report:failed", { reason: reason instanceof Error ? reason.message : "" }), tone: "bad" }));
  }
  return {
    save: () => told(import("../../../panels/report/save").then(({ saveReport }) => make(saveReport))),
    print: () => told(import("../../../panels/report/print").then(({ printReport }) => make(printReport))),
  };
}

/** What can be done with the whole comparison: its link, a report, paper. */
export function ShareMenu({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("report");
  const toasts = useToasts();
  const report = useReport(comparison);
  const copyLink = () =>
    void copyText(window.location.href).then((copied) =>
      toasts.show(copied ? { text: t("copied") } : { text: t("notCopied", { link: window.location.href }), tone: "bad" }),
    );
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t("share")} title={t("share")} data-testid="compare-menu">
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={copyLink}>{t("copyLink")}</Menu.Item>
        <Menu.Item onClick={report.save} data-testid="compare-report">
          {t("save")}
        </Menu.Item>
        <Menu.Item onClick={report.print}>{t("print")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
