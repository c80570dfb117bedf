import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, postCommand, type RunSummary, type Wish } from "../api/client";
import { queryKeys } from "../lib/query-keys";
import { Sheet } from "../ui/Sheet";
import { useToasts } from "../ui/Toasts";
import { wishFor, wishToEnd } from "./acts";
import styles from "./Acts.module.css";
import type { How } from "./can";
import { EndSheet } from "./EndSheet";
import { askable, wishesFor, type ForMany } from "./many";
import { Told } from "./Told";
import { reasonWords, verbWords } from "./words";

type Run = Pick<RunSummary, "id" | "name" | "state">;

interface ManySheetProps {
  readonly runs: readonly Run[];
  readonly verb: ForMany;
  readonly close: () => void;
}

interface Failed {
  readonly run: Run;
  readonly wish: Wish;
  readonly error: Error;
}

/** Sends to each run a wish of its own, and gives back those that did not take it. */
async function sentTo(runs: readonly Run[], wishes: ReadonlyMap<string, Wish>): Promise<Failed[]> {
  const answers = await Promise.all(
    runs.map((run) => {
      const wish = wishes.get(run.id);
      return wish ? postCommand(run.id, wish).then(() => null, (error: Error) => ({ run, wish, error })) : null;
    }),
  );
  return answers.filter((failed) => failed !== null);
}

/** Of what was not taken, that of which nobody knows whether it arrived: what the server refused is another wish when it is asked again. */
const lostOf = (failed: readonly Failed[]) => failed.filter(({ error }) => !(error instanceof ApiError)).map(({ run, wish }): [string, Wish] => [run.id, wish]);

function useSending({ runs, close }: Pick<ManySheetProps, "runs" | "close">) {
  const { t } = useTranslation("acts");
  const client = useQueryClient();
  const toasts = useToasts();
  const [isSending, setSending] = useState(false);
  const [failed, setFailed] = useState<readonly Failed[]>([]);
  const lost = useRef<ReadonlyMap<string, Wish>>(new Map());
  async function send(to: readonly Run[], wishOf: () => Wish): Promise<void> {
    setSending(true);
    const left = await sentTo(to, wishesFor(to, wishOf, lost.current));
    lost.current = new Map(lostOf(left));
    setSending(false);
    setFailed(left);
    const count = to.length - left.length;
    if (count > 0) toasts.show({ text: t("many.sent", { count, what: verbWords(wishOf(), t) }) });
    await Promise.all(runs.map(({ id }) => client.invalidateQueries({ queryKey: queryKeys.commands(id) })));
    if (left.length === 0) close();
  }
  return { isSending, failed, send };
}

function Names({ runs, left }: { runs: readonly Run[]; left: number }) {
  const { t } = useTranslation("acts");
  return (
    <>
      <ul className={styles.runs} aria-label={t("many.list")}>
        {runs.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {left > 0 ? <p className={styles.quiet}>{t(runs.length === 0 ? "many.none" : "many.left", { count: left })}</p> : null}
    </>
  );
}

function Failures({ failed }: { failed: readonly Failed[] }) {
  const { t } = useTranslation("acts");
  const why = (error: Error) => (error instanceof ApiError && error.reason !== null ? reasonWords(error.reason, t) : error.message);
  if (failed.length === 0) return null;
  return (
    <ul className={styles.runs} role="alert">
      {failed.map(({ run, error }) => (
        <li key={run.id} className={styles.bad}>
          <Told text={t("many.failed", { name: run.name, why: why(error) })} />
        </li>
      ))}
    </ul>
  );
}

/** Asks once before many runs are paused, resumed or stopped, and names them. */
export default function ManySheet({ runs, verb, close }: ManySheetProps) {
  const { t } = useTranslation("acts");
  const { isSending, failed, send } = useSending({ runs, close });
  const asked = failed.length > 0 ? failed.map(({ run }) => run) : askable(runs, verb);
  const body = (
    <>
      {failed.length > 0 ? <Failures failed={failed} /> : <Names runs={asked} left={runs.length - asked.length} />}
    </>
  );
  const title = t(`many.${verb}`);
  if (verb === "stop") {
    const end = (how: How) => void send(asked, () => wishToEnd(how));
    return (
      <EndSheet title={title} excuse={nothing} isSending={isSending} onEnd={end} close={close}>
        {body}
      </EndSheet>
    );
  }
  const footer = (
    <>
      <Button variant="default" size="md" onClick={close}>
        {t("cancel")}
      </Button>
      <Button size="md" disabled={asked.length === 0} loading={isSending} data-testid="many-sure" onClick={() => void send(asked, () => wishFor(verb))}>
        {t(`verb.${verb}`)}
      </Button>
    </>
  );
  return (
    <Sheet title={title} closeLabel={t("close")} close={close} footer={footer} testId="many-sheet">
      {body}
    </Sheet>
  );
}

const nothing = () => null;
