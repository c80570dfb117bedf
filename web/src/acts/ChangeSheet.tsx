import { Button } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Command, RunDetail, Wish } from "../api/client";
import { useLanguage } from "../i18n/use-language";
import { Sheet } from "../ui/Sheet";
import { valueNow, wishFor } from "./acts";
import styles from "./Acts.module.css";
import { refusedSettings, type Abilities } from "./can";
import { isGain, settingsOffered, wantedFrom, type Wanted } from "./form";
import { SettingField } from "./SettingField";
import { Told } from "./Told";
import type { Fault } from "./use-asking";
import { faultWords, reasonWords, settingsWords } from "./words";

interface ChangeSheetProps {
  readonly run: RunDetail;
  readonly acts: readonly Command[];
  readonly abilities: Abilities;
  readonly isSending: boolean;
  readonly fault: Fault | null;
  readonly onAsk: (wish: Wish) => void;
  readonly close: () => void;
}

/** What cannot be changed, with the reason in words. */
function Refused({ abilities }: Pick<ChangeSheetProps, "abilities">) {
  const { t } = useTranslation("acts");
  return refusedSettings(abilities).map(([reason, names]) => (
    <p key={reason} className={styles.quiet}>
      <Told text={t("set.cannot", { names: settingsWords(names, t), why: reasonWords(reason, t) })} />
    </p>
  ));
}

type Typed = Readonly<Record<string, string>>;

interface FieldsProps extends Pick<ChangeSheetProps, "run" | "acts" | "fault"> {
  readonly names: readonly string[];
  readonly typed: Typed;
  readonly wanted: Wanted;
  readonly onType: (name: string, text: string) => void;
}

function Fields({ run, acts, fault, names, typed, wanted, onType }: FieldsProps) {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  return names.map((name) => {
    const own = wanted.faults[name];
    const told = own ? faultWords(own, name, { t, locale }) : fault?.setting === name || (name === "lr" && fault?.setting === "lr_factor") ? fault.text : null;
    return <SettingField key={name} name={name} now={valueNow(run, acts, name)} text={typed[name] ?? ""} fault={told} onType={(text) => onType(name, text)} />;
  });
}

/** Changes settings of a training: what is typed is shown beside what is now, and sent as a whole. */
export function ChangeSheet({ run, acts, abilities, isSending, fault, onAsk, close }: ChangeSheetProps) {
  const { t } = useTranslation("acts");
  const [typed, setTyped] = useState<Typed>({});
  const { settings } = abilities;
  const wanted = wantedFrom(typed, { lr: valueNow(run, acts, "lr"), done: run.epoch, settings });
  const isReady = Object.keys(wanted.args).length > 0 && Object.keys(wanted.faults).length === 0;
  const names = settingsOffered(settings);
  const [main, gains] = [names.filter((name) => !isGain(name)), names.filter(isGain)];
  const shared = { run, acts, fault, typed, wanted, onType: (name: string, text: string) => setTyped((before) => ({ ...before, [name]: text })) };
  function send(event: FormEvent): void {
    event.preventDefault();
    if (isReady) onAsk(wishFor("set", wanted.args));
  }
  const footer = (
    <>
      <Button variant="default" size="md" onClick={close}>
        {t("cancel")}
      </Button>
      <Button type="submit" form="change-training" size="md" disabled={!isReady} loading={isSending} data-testid="change-sure">
        {t("set.send")}
      </Button>
    </>
  );
  return (
    <Sheet title={t("set.title")} closeLabel={t("close")} close={close} footer={footer} testId="change-sheet">
      <form id="change-training" onSubmit={send} noValidate>
        <p className={styles.quiet}>{t("set.what")}</p>
        <Fields {...shared} names={main} />
        {gains.length > 0 ? (
          <details className={styles.gains}>
            <summary>{t("set.more")}</summary>
            <Fields {...shared} names={gains} />
          </details>
        ) : null}
        {fault && fault.setting === null ? (
          <p className={styles.bad} role="alert">
            <Told text={fault.text} />
          </p>
        ) : null}
        <Refused abilities={abilities} />
      </form>
    </Sheet>
  );
}
