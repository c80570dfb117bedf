import type { RunSummary } from "../../../api/client";
import { SlidersIcon } from "../../../ui/icons";
import { runIsOver } from "../../../ui/run-tone";
import styles from "./Cell.module.css";
import type { Look } from "./look";

/** Opens what a training that goes on can be asked for; what a click does is decided by the table. */
export function ActButton({ run, look }: { run: RunSummary; look: Look }) {
  if (runIsOver(run.state)) return null;
  const label = look.t("act", { name: run.name });
  return (
    <button type="button" tabIndex={-1} className={styles.act} data-act="control" aria-haspopup="dialog" aria-label={label} title={label} data-testid="row-act">
      <SlidersIcon />
    </button>
  );
}
