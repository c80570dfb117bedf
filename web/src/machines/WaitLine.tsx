import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MachineRow, Waiting } from "../api/client";
import { useLanguage } from "../i18n/use-language";
import { formatInstant, formatRelative } from "../lib/format";
import { shortName } from "./derive";
import { ResumeHere } from "./ResumeHere";
import { useCancelWait } from "./use-wait";
import { startReasonFrom } from "./waiting";
import styles from "./Waiting.module.css";

/** What it waits for, or what became of it. */
function useStanding(wait: Waiting, { host, cards }: MachineRow): string {
  const { t } = useTranslation("machines");
  if (wait.state === "failed") return t("wait.failed", { host });
  if (wait.state === "starting") return t("wait.starting");
  if (wait.now) return t("wait.atOnce");
  const card = cards.find(({ uuid }) => uuid === wait.card);
  return card ? t("wait.forCard", { index: card.index, model: shortName(card.name) }) : t(cards.length > 0 ? "wait.forAny" : "wait.forHost");
}

interface WaitLineProps {
  readonly wait: Waiting;
  readonly machine: MachineRow;
  readonly now: number;
  /** The run, where the page is not its own. */
  readonly children?: ReactNode;
}

/** A training that waits to go on: for what, for whom, since when; it can be taken from the list. */
export function WaitLine({ wait, machine, now, children }: WaitLineProps) {
  const { t } = useTranslation("machines");
  const locale = useLanguage();
  const standing = useStanding(wait, machine);
  const { mutate, isPending } = useCancelWait(machine.host);
  const [asked, changed] = [Date.parse(wait.asked), Date.parse(wait.changed)];
  const isFailed = wait.state === "failed";
  const why = startReasonFrom(wait.detail);
  const remove = t(isFailed ? "wait.clear" : "wait.cancel");
  const since = formatRelative(isFailed ? changed : asked, now, locale);
  return (
    <div className={styles.wait} data-testid="waiting" data-state={wait.state} data-run={wait.run}>
      <div className={styles.told}>
        {children}
        <span className={styles.standing} data-state={wait.state}>
          {standing}
        </span>
        <span className={styles.by} title={formatInstant(asked, locale)}>
          {wait.who === "" ? since : t("wait.by", { who: wait.who, when: since })}
        </span>
        {wait.detail === "" ? null : <span className={styles.detail}>{why ? t(`wait.why.${why}`) : wait.detail}</span>}
      </div>
      <div className={styles.buttons}>
        {isFailed ? <ResumeHere machine={machine} run={wait.run} name={wait.name} isAgain /> : null}
        {wait.state === "starting" ? null : (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            className={styles.cancel ?? ""}
            loading={isPending}
            aria-label={t("labelOf", { what: remove, name: wait.name })}
            data-testid="cancel-wait"
            onClick={() => mutate(wait.run)}
          >
            {remove}
          </Button>
        )}
      </div>
    </div>
  );
}
