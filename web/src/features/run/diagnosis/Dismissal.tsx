import { Button } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Finding } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatInstant, formatRelative } from "../../../lib/format";
import { useNow } from "../../../ui/use-now";
import styles from "./Diagnosis.module.css";
import { useDismissal } from "./queries";
import { useTold } from "./use-told";

const REASON_MOST = 1_000; // characters, as the server takes them
const CLOCK_MS = 20_000;

interface DismissalProps {
  readonly run: string;
  readonly finding: Finding;
}

function useSay(run: string) {
  const { t } = useTranslation("diagnosis");
  return useDismissal(run, (reason) => t("dismiss.failed", { reason }));
}

/** Asks why a finding does not matter, which nobody has to say, and what that word does. */
function Form({ run, finding, onDone }: DismissalProps & { readonly onDone: () => void }) {
  const { t } = useTranslation("diagnosis");
  const { mutate, isPending } = useSay(run);
  const [reason, setReason] = useState("");
  function send(event: FormEvent): void {
    event.preventDefault();
    mutate({ rule: finding.rule, reason: reason.trim() }, { onSuccess: onDone });
  }
  return (
    <form className={styles.form} onSubmit={send}>
      <input
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was asked for by the button that it takes the place of
        autoFocus
        className={styles.reason}
        value={reason}
        maxLength={REASON_MOST}
        aria-label={t("dismiss.reason")}
        placeholder={t("dismiss.reason")}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
        onKeyDown={({ key }) => (key === "Escape" ? onDone() : undefined)}
      />
      <div className={styles.formButtons}>
        <Button type="submit" size="compact-sm" className={styles.button} loading={isPending}>
          {t("dismiss.sure")}
        </Button>
        <Button variant="default" size="compact-sm" className={styles.button} onClick={onDone}>
          {t("dismiss.cancel")}
        </Button>
      </div>
      <p className={styles.formWhat}>{t("dismiss.what")}</p>
    </form>
  );
}

/** Lets a person say that a finding does not matter here. */
export function Dismiss({ run, finding }: DismissalProps) {
  const { t } = useTranslation("diagnosis");
  const told = useTold();
  const [isAsking, setAsking] = useState(false);
  if (isAsking) return <Form run={run} finding={finding} onDone={() => setAsking(false)} />;
  return (
    <Button variant="default" size="compact-sm" className={styles.button} aria-label={t("dismiss.of", { title: told(finding.title) })} onClick={() => setAsking(true)}>
      {t("dismiss.do")}
    </Button>
  );
}

/** What a person said of a finding, and the way back. */
export function Dismissed({ run, finding }: DismissalProps) {
  const { t } = useTranslation("diagnosis");
  const language = useLanguage();
  const told = useTold();
  const now = useNow(CLOCK_MS);
  const { mutate, isPending } = useSay(run);
  if (finding.dismissed === null) return null;
  const { reason, time } = finding.dismissed;
  const at = Date.parse(time);
  return (
    <p className={styles.dismissed}>
      <span title={formatInstant(at, language)}>{t("dismiss.when", { when: formatRelative(Math.min(at, now), now, language) })}</span>
      <span className={styles.said}>{reason === "" ? t("dismiss.noReason") : t("dismiss.said", { reason })}</span>
      <Button
        variant="default"
        size="compact-sm"
        className={styles.button}
        loading={isPending}
        aria-label={t("dismiss.undoOf", { title: told(finding.title) })}
        onClick={() => mutate({ rule: finding.rule, reason: null })}
      >
        {t("dismiss.undo")}
      </Button>
    </p>
  );
}
