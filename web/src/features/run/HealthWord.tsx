import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { HealthIcon, type Health } from "../../ui/HealthBadge";
import { runIsOver } from "../../ui/run-tone";
import { useFindings } from "./diagnosis/use-findings";
import { useTold } from "./diagnosis/use-told";
import type { ConcernId } from "./health";
import styles from "./HealthWord.module.css";
import { TabLink } from "./TabLink";
import { useConcernWords } from "./use-concern-words";
import { useConcerns } from "./use-concerns";

/** What the state beside the word says already. */
const SAID: ReadonlySet<ConcernId> = new Set<ConcernId>(["crashed", "stalled", "unreachable"]);

interface Said {
  readonly of: Health;
  readonly title: string;
  readonly what: string;
}

/** What is to be said, the gravest first: what the diagnosis found, then what was measured beside it. */
function useSaid(run: RunDetail): { readonly all: readonly Said[]; readonly isCalm: boolean } {
  const words = useConcernWords();
  const told = useTold();
  const { foremost } = useFindings(run);
  const concerns = useConcerns(run, null).filter(({ tone }) => tone !== "info");
  const found = foremost.map(({ severity, title, evidence }): Said => ({ of: severity === "critical" ? severity : "warning", title: told(title), what: told(evidence) }));
  const beside = concerns.filter(({ id }) => !SAID.has(id)).map((one): Said => ({ of: one.tone === "bad" ? "critical" : "warning", ...words(one) }));
  return { all: [...found, ...beside], isCalm: concerns.length === 0 };
}

function isWell({ health, state, series }: RunDetail): boolean {
  return health === "healthy" || (health === null && !runIsOver(state) && series.length > 0);
}

/** In a word how a run does, as far as it was measured; it leads to the list of what to look at. */
export function HealthWord({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const { all, isCalm } = useSaid(run);
  const [first] = all;
  if (!first) {
    if (!isCalm || !isWell(run)) return null;
    return (
      <span className={styles.word} data-testid="health">
        <HealthIcon of="healthy" />
        {t("health.good")}
      </span>
    );
  }
  return (
    <TabLink run={run.id} tab={run.health === null ? null : "diagnosis"} className={styles.word} tone={first.of} testId="health" title={first.what}>
      <HealthIcon of={first.of} />
      <span className={styles.text}>{first.title}</span>
      {all.length > 1 ? <span>{t("health.more", { count: all.length - 1 })}</span> : null}
    </TabLink>
  );
}
