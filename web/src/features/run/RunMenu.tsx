import { ActionIcon, Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sendJson, urlOf, type RunDetail } from "../../api/client";
import { useEditRun } from "../../edits/queries";
import { copyText } from "../../lib/clipboard";
import { queryKeys } from "../../lib/query-keys";
import { DownloadIcon, MoreIcon } from "../../ui/icons";
import { useToasts } from "../../ui/Toasts";
import { mainSeries } from "./best";
import { standingQuery } from "./queries";
import { linkOf } from "./link";
import { useReport } from "./report/use-report";
import styles from "./RunHeader.module.css";

/** The runs that one most wants beside this one; asked for when the menu opens. */
function Comparisons({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const { data } = useQuery(standingQuery(run, mainSeries(run.series)));
  const rival = data?.rival;
  const before = data?.before.find(({ id }) => id !== rival?.id);
  return (
    <>
      {rival ? (
        <Menu.Item title={rival.name} renderRoot={(props) => <Link {...props} to="/compare" search={{ run: [run.id, rival.id] }} />}>
          {t(data.rank === 1 ? "menu.compareSecond" : "menu.compareBest")}
        </Menu.Item>
      ) : null}
      {before ? (
        <Menu.Item title={before.name} renderRoot={(props) => <Link {...props} to="/compare" search={{ run: [run.id, before.id] }} />}>
          {t("menu.compareBefore")}
        </Menu.Item>
      ) : null}
      <Menu.Item renderRoot={(props) => <Link {...props} to="/compare" search={{ run: [run.id] }} />}>
        {t("menu.compareOthers")}
      </Menu.Item>
    </>
  );
}

function Exports({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const path = { run_id: run.id };
  const exported = (format: string) => urlOf("/api/v1/runs/{run_id}/export", { path, query: { format } });
  const targets = [
    ["csv", exported("csv")],
    ["parquet", exported("parquet")],
    ["recording", urlOf("/api/v1/runs/{run_id}/recording", { path })],
  ] as const;
  return targets.map(([what, href]) => (
    <Menu.Item key={what} component="a" href={href} download leftSection={<DownloadIcon />} data-testid={`export-${what}`}>
      {t(`menu.${what}`)}
    </Menu.Item>
  ));
}

function useCopyLink(): () => void {
  const { t } = useTranslation("run");
  const toasts = useToasts();
  return () => {
    const link = linkOf(window.location.href);
    void copyText(link).then((copied) => toasts.show(copied ? { text: t("menu.copied") } : { text: t("menu.notCopied", { link }), tone: "bad" }));
  };
}

function useArchive(run: RunDetail): () => void {
  const { t } = useTranslation("run");
  const toasts = useToasts();
  const { mutate } = useEditRun();
  const set = (archived: boolean, said?: () => void) => mutate({ run: run.id, change: { archived } }, said ? { onSuccess: said } : {});
  const undo = { label: t("menu.undo"), run: () => set(run.archived) };
  return () => set(!run.archived, () => toasts.show({ text: t(run.archived ? "menu.unarchived" : "menu.archived", { name: run.name }), action: undo }));
}

/** Moves the run to the trash and leaves its page; the toast brings both back. */
function useDelete(run: RunDetail): () => void {
  const { t } = useTranslation("run");
  const toasts = useToasts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const refetch = () => client.invalidateQueries({ queryKey: queryKeys.allRuns });
  const fail = (error: Error) => toasts.show({ text: t("menu.deleteFailed", { reason: error.message }), tone: "bad" });
  async function restore(): Promise<void> {
    await sendJson("post", "/api/v1/runs/restore", { body: { runs: [run.id] } });
    await refetch();
    await navigate({ to: "/runs/$runId", params: { runId: run.id } });
  }
  async function remove(): Promise<void> {
    await sendJson("post", "/api/v1/runs/delete", { body: { runs: [run.id] } });
    await navigate({ to: "/", search: { project: run.project } });
    await refetch();
    toasts.show({ text: t("menu.deleted", { name: run.name }), action: { label: t("menu.undo"), run: () => void restore().catch(fail) } });
  }
  return () => void remove().catch(fail);
}

/** What else can be done with a run. */
export function RunMenu({ run }: { run: RunDetail }) {
  const { t } = useTranslation(["run", "report"]);
  const [opened, setOpened] = useState(false);
  const report = useReport(run);
  const [copyLink, archive, remove] = [useCopyLink(), useArchive(run), useDelete(run)];
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="md" aria-label={t("menu.label")} title={t("menu.label")} data-testid="run-menu">
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {opened ? <Comparisons run={run} /> : null}
        <Menu.Divider />
        <Menu.Item onClick={copyLink}>{t("menu.copyLink")}</Menu.Item>
        <Menu.Item onClick={report.save} data-testid="run-report">
          {t("report:save")}
        </Menu.Item>
        <Menu.Item onClick={report.print}>{t("report:print")}</Menu.Item>
        <Exports run={run} />
        <Menu.Divider />
        <Menu.Item onClick={archive}>{t(run.archived ? "menu.unarchive" : "menu.archive")}</Menu.Item>
        <Menu.Item className={styles.danger ?? ""} onClick={remove} data-testid="delete-run">
          {t("menu.delete")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
