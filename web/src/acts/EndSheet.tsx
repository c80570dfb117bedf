import { Button } from "@mantine/core";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Sheet } from "../ui/Sheet";
import styles from "./Acts.module.css";
import { HOWS, type How } from "./can";
import { Told } from "./Told";
import { reasonWords } from "./words";

interface EndSheetProps {
  readonly title: string;
  readonly excuse: (how: How) => string | null;
  readonly isSending: boolean;
  readonly onEnd: (how: How) => void;
  readonly close: () => void;
  /** What stands above the choice. */
  readonly children?: ReactNode;
}

function Way({ how, name, chosen, excuse, choose }: { how: How; name: string; chosen: boolean; excuse: string | null; choose: () => void }) {
  const { t } = useTranslation("acts");
  const id = useId();
  return (
    <label className={styles.way} data-off={excuse !== null} data-chosen={chosen}>
      <input type="radio" name={name} checked={chosen} disabled={excuse !== null} onChange={choose} aria-describedby={id} data-testid={`end-${how}`} />
      <strong>{t(`end.${how}`)}</strong>
      <span id={id} className={styles.what}>
        <Told text={excuse === null ? t(`endWhat.${how}`) : reasonWords(excuse, t)} />
      </span>
    </label>
  );
}

/** Asks how a training is to end, and says what of it cannot be undone. */
export function EndSheet({ title, excuse, isSending, onEnd, close, children }: EndSheetProps) {
  const { t } = useTranslation("acts");
  const name = useId();
  const [chosen, choose] = useState<How | null>(HOWS.find((how) => excuse(how) === null) ?? null);
  const footer = (
    <>
      <Button variant="default" size="md" onClick={close}>
        {t("cancel")}
      </Button>
      <Button size="md" className={styles.grave} disabled={chosen === null} loading={isSending} data-testid="end-sure" onClick={() => chosen && onEnd(chosen)}>
        {t(`ended.${chosen ?? "evaluate"}`)}
      </Button>
    </>
  );
  return (
    <Sheet title={title} closeLabel={t("close")} close={close} footer={footer} testId="end-sheet">
      {children}
      <fieldset className={styles.ways}>
        <legend className={styles.hidden}>{t("end.title")}</legend>
        {HOWS.map((how) => (
          <Way key={how} how={how} name={name} chosen={how === chosen} excuse={excuse(how)} choose={() => choose(how)} />
        ))}
      </fieldset>
    </Sheet>
  );
}
