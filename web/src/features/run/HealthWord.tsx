import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { CheckIcon, WarningIcon } from "../../ui/icons";
import { runIsOver } from "../../ui/run-tone";
import type { ConcernId } from "./health";
import styles from "./HealthWord.module.css";
import { TabLink } from "./TabLink";
import { useConcernWords } from "./use-concern-words";
import { useConcerns } from "./use-concerns";

/** What the state beside the word says already. */
const SAID: ReadonlySet<ConcernId> = new Set<ConcernId>(["crashed", "stalled", "unreachable"]);

/** In a word how a run does, as far as it was measured; it leads to the list of what to look at. */
export function HealthWord({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const words = useConcernWords();
  const all = useConcerns(run, null).filter(({ tone }) => tone !== "info");
  const concerns = all.filter(({ id }) => !SAID.has(id));
  const [first] = concerns;
  if (!first) {
    if (all.length > 0 || runIsOver(run.state) || run.series.length === 0) return null;
    return (
      <span className={styles.word} data-tone="good" data-testid="health">
        <CheckIcon />
        {t("health.good")}
      </span>
    );
  }
  return (
    <TabLink run={run.id} tab={null} className={styles.word} tone={first.tone} testId="health" title={words(first).what}>
      <WarningIcon />
      <span className={styles.text}>{words(first).title}</span>
      {concerns.length > 1 ? <span>{t("health.more", { count: concerns.length - 1 })}</span> : null}
    </TabLink>
  );
}
