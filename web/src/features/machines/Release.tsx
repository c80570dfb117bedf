import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { isOpen } from "../../acts/acts";
import { Told } from "../../acts/Told";
import { resultWords, stateWords } from "../../acts/words";
import type { Command, MachineRow, RunOnMachine } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { releasableOf, type Outlook } from "./derive";
import styles from "./Release.module.css";
import { useRelease } from "./use-release";

const ReleaseSheet = lazy(() => import("./ReleaseSheet"));

interface ReleaseProps {
  readonly run: RunOnMachine;
  readonly machine: MachineRow;
  readonly hasCard: boolean;
}

/** What is becoming of the release, until the run is gone from here. */
function Becoming({ act }: { act: Command }) {
  const { t } = useTranslation(["acts", "machines"]);
  const locale = useLanguage();
  const words = { t, locale };
  const result = resultWords(act, words);
  const told = act.state === "applied" ? t("machines:release.done") : stateWords(act, words);
  return (
    <span className={styles.becoming} role="status" data-state={act.state} data-testid="releasing" title={result.replaceAll("`", "")}>
      {t("machines:release.of", { what: told })}
      {act.state === "refused" || act.state === "expired" ? (
        <>
          {" · "}
          <Told text={result} />
        </>
      ) : null}
    </span>
  );
}

function Releasable({ run, machine, hasCard }: ReleaseProps) {
  const { t } = useTranslation("machines");
  const [isOpened, setOpened] = useState(false);
  const releasing = useRelease(run);
  const { act, forget } = releasing;
  const isUnderWay = act !== null && (isOpen(act) || act.state === "applied");
  return (
    <>
      {act ? <Becoming act={act} /> : null}
      {isUnderWay ? null : (
        <button
          type="button"
          className={styles.release}
          title={t(hasCard ? "release.card" : "release.machine")}
          aria-label={t("labelOf", { what: t("release.button"), name: run.name ?? run.run })}
          data-testid="release"
          onClick={() => {
            forget();
            setOpened(true);
          }}
        >
          {t("release.button")}
        </button>
      )}
      {isOpened ? (
        <Suspense>
          <ReleaseSheet run={run} machine={machine} hasCard={hasCard} releasing={releasing} close={() => setOpened(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** A press for each of the runs that can give back what they hold; of several on a card they are named. */
export function Release({ runs, outlook, machine, hasCard }: { runs: readonly RunOnMachine[]; outlook: Outlook; machine: MachineRow; hasCard: boolean }) {
  const [first] = releasableOf(runs, outlook);
  return first ? <Releasable key={first.run} run={first} machine={machine} hasCard={hasCard} /> : null;
}
