import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Command, Wish } from "../api/client";
import { useLanguage } from "../i18n/use-language";
import { useNow } from "../ui/use-now";
import { noticed, recentActs, type Noticed } from "./acts";
import styles from "./Acts.module.css";
import { Told } from "./Told";
import { argWords, resultWords, stateWords, verbWords } from "./words";

const CLOCK_MS = 2_000;

/** When acts were seen to be settled; null before any are known. */
function useNoticed(acts: readonly Command[] | null, now: number): Noticed | null {
  const [seen, setSeen] = useState<Noticed | null>(null);
  const next = acts ? noticed(seen, acts, now) : seen;
  if (next !== seen) setSeen(next);
  return next;
}

function Act({ act }: { act: Command }) {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  const told = [argWords(act, { t, locale }), resultWords(act, { t, locale })];
  const what = act.state === "applied" && told[1] ? told[1] : told.filter((words) => words !== "").join(" · ");
  return (
    <li data-testid="recent-act" data-verb={act.verb} data-state={act.state}>
      <strong>{verbWords(act, t)}</strong> <span className={styles.state} data-state={act.state}>{stateWords(act, { t, locale })}</span>
      {what ? (
        <span className={styles.told}>
          {" "}
          <Told text={what} />
        </span>
      ) : null}
    </li>
  );
}

/** What is on its way, and what became of what was asked just now. */
export function Recent({ acts, sending }: { acts: readonly Command[] | null; sending: Wish | null }) {
  const { t } = useTranslation("acts");
  const now = useNow(CLOCK_MS);
  const seen = useNoticed(acts, now);
  const shown = acts && seen ? recentActs(acts, seen, now) : [];
  const isNew = sending !== null && !acts?.some(({ id }) => id === sending.id);
  return (
    <div role="log" aria-label={t("recent")}>
      <ul className={styles.recent}>
        {isNew ? (
          <li data-testid="recent-act" data-verb={sending.verb} data-state="sending">
            <strong>{verbWords(sending, t)}</strong> <span className={styles.state}>{t("state.sending")}</span>
          </li>
        ) : null}
        {shown.map((act) => (
          <Act key={act.id} act={act} />
        ))}
      </ul>
    </div>
  );
}
