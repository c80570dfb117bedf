import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { runIsOver } from "../../../ui/run-tone";
import styles from "./History.module.css";
import { useStack, type Asking } from "./use-stack";

const PLAIN_LOG = "POST /log"; // the framework of runs that have no sidecar

function useExplanation(asking: Asking, impossible: "over" | "plain" | null): string {
  const { t } = useTranslation("run");
  if (impossible) return t(`history.${impossible}`);
  if (asking.kind === "failed") return `${t("history.failed")}: ${asking.message}`;
  if (asking.kind === "waiting") return t("history.asked");
  return t(asking.kind === "silent" ? "history.noAnswer" : "history.takeWhat");
}

function impossibleFor(run: RunDetail): "over" | "plain" | null {
  if (runIsOver(run.state)) return "over";
  return run.framework === PLAIN_LOG ? "plain" : null;
}

/** Asks the training where it is; the answer appears with what was seen of it. */
export function StackButton({ run, newestMs }: { run: RunDetail; newestMs: number | null }) {
  const { t } = useTranslation("run");
  const { asking, ask } = useStack(run.id, newestMs);
  const impossible = impossibleFor(run);
  const explanation = useExplanation(asking, impossible);
  const isWaiting = asking.kind === "waiting";
  return (
    <div className={styles.ask}>
      <Button
        variant="default"
        size="compact-sm"
        loading={isWaiting}
        disabled={impossible !== null}
        onClick={ask}
        aria-describedby="stack-explanation"
        data-testid="take-stack"
      >
        {t("history.take")}
      </Button>
      <span id="stack-explanation" role="status" data-bad={asking.kind === "failed" || asking.kind === "silent"}>
        {explanation}
      </span>
    </div>
  );
}
