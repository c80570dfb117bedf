import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunOnMachine } from "../../api/client";
import styles from "./Machines.module.css";

/** A run by its name; one that this server does not know has no page to open. */
export function RunLink({ run }: { run: RunOnMachine }) {
  const { t } = useTranslation("machines");
  if (run.name === null) {
    return (
      <span className={styles.run} title={t("unknownRun", { run: run.run })}>
        {run.run}
      </span>
    );
  }
  return (
    <Link to="/runs/$runId" params={{ runId: run.run }} title={run.name} className={styles.run}>
      {run.name}
    </Link>
  );
}
