import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { NoStarter } from "../../machines/NoStarter";
import { machinesQuery } from "../../machines/queries";
import { ResumeHere } from "../../machines/ResumeHere";
import { WaitLine } from "../../machines/WaitLine";
import { goingOnAt } from "../../machines/waiting";
import { useLiveState } from "../../series/live-context";
import { useNow } from "../../ui/use-now";
import styles from "./ResumeLater.module.css";

const CLOCK_MS = 20_000;

/** Where a run that was released or stopped can go on, and how it waits there; nothing for one that ended for good. */
export default function ResumeLater({ run }: { run: RunDetail }) {
  const { t } = useTranslation("machines");
  const now = useNow(CLOCK_MS);
  const { data } = useQuery(machinesQuery(useLiveState() === "connected"));
  const at = data ? goingOnAt(data, run.id) : null;
  if (at === null) return null;
  const { machine, wait } = at;
  return (
    <section className={styles.later} aria-label={t("go.titleOf", { host: machine.host })} data-testid="resume-later">
      {wait ? (
        <WaitLine wait={wait} machine={machine} now={now}>
          <strong className={styles.host}>{machine.host}</strong>
        </WaitLine>
      ) : (
        <div className={styles.offer}>
          <ResumeHere machine={machine} run={run.id} name={run.name} />
          <span className={styles.told}>{t("go.at", { host: machine.host })}</span>
        </div>
      )}
      {machine.starts ? null : <NoStarter host={machine.host} />}
    </section>
  );
}
