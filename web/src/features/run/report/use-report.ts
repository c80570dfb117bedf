import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import type { Report } from "../../../panels/report/report";
import { useTitles } from "../../../panels/use-chart-title";
import { useToasts } from "../../../ui/Toasts";
import { useReason } from "../use-reason";

/** Makes a report of the run and hands it over as a file, or to the browser's print. */
export function useReport(run: RunDetail) {
  const { t } = useTranslation(["report", "run", "states"]);
  const language = useLanguage();
  const client = useQueryClient();
  const toasts = useToasts();
  const [titleOf, reasonOf] = [useTitles(), useReason()];

  async function make(handOver: (report: Report) => void): Promise<void> {
    const { makeRunReport } = await import("./make");
    handOver(await makeRunReport({ client, run, language, t, titleOf, reasonOf, nowMs: Date.now(), link: window.location.href }));
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
