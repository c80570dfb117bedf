import { Skeleton } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { InfoIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import styles from "./Console.module.css";
import { ConsoleBar } from "./ConsoleBar";
import { ConsoleLines } from "./ConsoleLines";
import { rowsOf, textFrom } from "./rows";
import { useConsole, type Console } from "./use-console";
import { useSearch } from "./use-search";
import { useWords } from "./use-words";

const UNFIT = /[^\p{L}\p{N}._-]+/gu; // for a file name

/** How to have lines sent that stayed on the training's machine. */
function WithheldHint({ project }: { project: string }) {
  const { t } = useTranslation("run");
  return (
    <p className={styles.hint} data-testid="console-hint">
      <InfoIcon />
      {t("console.withheldHow", { project })}
    </p>
  );
}

function Loaded({ run, console }: { run: RunDetail; console: Console }) {
  const { feed, state } = console;
  const words = useWords();
  const [withTimes, setWithTimes] = useState(false);
  const rows = useMemo(() => rowsOf(state), [state]);
  const search = useSearch(feed, rows);
  const loadOlder = useCallback(() => void feed.older().catch(() => undefined), [feed]);
  async function text(): Promise<string> {
    await feed.all();
    return textFrom(rowsOf(feed.current()), words, withTimes);
  }
  return (
    <>
      <ConsoleBar search={search} withTimes={withTimes} onTimes={setWithTimes} text={text} fileName={`${run.name.replaceAll(UNFIT, "-")}.log`} />
      {rows.some(({ kind }) => kind === "withheld") ? <WithheldHint project={run.project} /> : null}
      <ConsoleLines
        rows={rows}
        query={search.query}
        current={search.row}
        withTimes={withTimes}
        loadOlder={state.hasOlder ? loadOlder : null}
      />
    </>
  );
}

/** What the training printed, live. */
export default function ConsoleTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const console = useConsole(run.id);
  if (console.state.isLoaded && console.state.lines.length === 0) return <Notice title={t("console.empty")} detail={t("console.emptyWhy")} />;
  if (!console.state.isLoaded && console.error) {
    return <Notice title={t("console.error")} detail={console.error.message} action={{ label: t("retry"), run: console.retry }} />;
  }
  return (
    <div className={styles.console} aria-busy={!console.state.isLoaded}>
      {console.state.isLoaded ? <Loaded run={run} console={console} /> : <Skeleton className={styles.loading} />}
    </div>
  );
}
