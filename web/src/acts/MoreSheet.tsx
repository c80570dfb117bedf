import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Wish } from "../api/client";
import { Sheet } from "../ui/Sheet";
import { wishFor } from "./acts";
import styles from "./Acts.module.css";
import type { Verb } from "./can";
import { Told } from "./Told";
import type { Fault } from "./use-asking";
import { reasonWords } from "./words";

const NOTE_MOST = 500; // characters, as the server takes them
const FURTHER = ["save", "validate", "close_mosaic", "rollback"] as const;
type Further = (typeof FURTHER)[number];
const FINAL: ReadonlySet<Further> = new Set<Further>(["close_mosaic", "rollback"]);

interface MoreSheetProps {
  readonly excuse: (verb: Verb) => string | null;
  readonly isSending: boolean;
  readonly fault: Fault | null;
  readonly onAsk: (wish: Wish) => void;
  readonly close: () => void;
}

function Item({ verb, excuse, onPress }: { verb: Further; excuse: string | null; onPress: () => void }) {
  const { t } = useTranslation("acts");
  return (
    <button type="button" className={styles.way} data-off={excuse !== null} disabled={excuse !== null} data-testid={`act-${verb}`} onClick={onPress}>
      <strong>{t(`verb.${verb}`)}</strong>
      <span className={styles.what}>
        <Told text={excuse === null ? t(`what.${verb}`) : reasonWords(excuse, t)} />
      </span>
    </button>
  );
}

function Note({ excuse, isSending, onAsk }: Omit<MoreSheetProps, "fault" | "close">) {
  const { t } = useTranslation("acts");
  const [text, setText] = useState("");
  if (excuse("note") !== null) return null;
  return (
    <form
      className={styles.note}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") onAsk(wishFor("note", { text: text.trim() }));
      }}
    >
      <label>
        <strong>{t("note.title")}</strong>
        <textarea rows={2} maxLength={NOTE_MOST} placeholder={t("note.text")} value={text} data-testid="act-note" onChange={({ currentTarget }) => setText(currentTarget.value)} />
      </label>
      <Button type="submit" variant="default" size="md" disabled={text.trim() === ""} loading={isSending} data-testid="note-sure">
        {t("note.send")}
      </Button>
    </form>
  );
}

/** Asks once more before what cannot be undone. */
function Sure({ verb, isSending, onAsk, back }: { verb: Further; isSending: boolean; onAsk: () => void; back: () => void }) {
  const { t } = useTranslation("acts");
  return (
    <div className={styles.sure}>
      <p>{t(`what.${verb}`)}</p>
      <div className={styles.buttons}>
        <Button variant="default" size="md" onClick={back}>
          {t("cancel")}
        </Button>
        <Button size="md" className={styles.grave} loading={isSending} data-testid="sure" onClick={onAsk}>
          {t(`verb.${verb}`)}
        </Button>
      </div>
    </div>
  );
}

/** What else a training can be asked for. */
export function MoreSheet({ excuse, isSending, fault, onAsk, close }: MoreSheetProps) {
  const { t } = useTranslation("acts");
  const [sure, setSure] = useState<Further | null>(null);
  const press = (verb: Further) => (FINAL.has(verb) ? setSure(verb) : onAsk(wishFor(verb)));
  return (
    <Sheet title={sure ? t(`verb.${sure}`) : t("more.title")} closeLabel={t("close")} close={close} testId="more-sheet">
      {sure ? (
        <Sure verb={sure} isSending={isSending} onAsk={() => onAsk(wishFor(sure))} back={() => setSure(null)} />
      ) : (
        <div className={styles.ways}>
          {FURTHER.map((verb) => (
            <Item key={verb} verb={verb} excuse={excuse(verb)} onPress={() => press(verb)} />
          ))}
          <Note excuse={excuse} isSending={isSending} onAsk={onAsk} />
        </div>
      )}
      {fault ? (
        <p className={styles.bad} role="alert">
          <Told text={fault.text} />
        </p>
      ) : null}
    </Sheet>
  );
}
