import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../api/client";
import { Notice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";
import Controls from "./Controls";
import { runToActOnQuery } from "./queries";

/** What a run of a list can be asked for. */
export default function RunSheet({ run, close }: { run: Pick<RunSummary, "id" | "name">; close: () => void }) {
  const { t } = useTranslation("acts");
  const { data, error, refetch } = useQuery(runToActOnQuery(run.id));
  const failed = error ? <Notice title={t("list.error")} detail={error.message} action={{ label: t("list.retry"), run: () => void refetch() }} /> : <Skeleton height={44} />;
  return (
    <Sheet title={run.name} closeLabel={t("close")} close={close} testId="run-sheet">
      {data ? <Controls run={data} /> : failed}
    </Sheet>
  );
}
