import { Button } from "@mantine/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Told } from "../../acts/Told";
import type { MachineRow, RunOnMachine } from "../../api/client";
import { NoStarter } from "../../machines/NoStarter";
import { useWait } from "../../machines/use-wait";
import { isToCome } from "../../machines/waiting";
import { Sheet } from "../../ui/Sheet";
import styles from "./Release.module.css";
import type { Releasing } from "./use-release";

interface ReleaseSheetProps {
  readonly run: RunOnMachine;
  readonly machine: MachineRow;
  readonly hasCard: boolean;
  readonly releasing: Releasing;
  readonly close: () => void;
}

/** That it is to go on here by itself, with what that means while others wait. */
function GoOn({ machine, isWanted, onChange }: { machine: MachineRow; isWanted: boolean; onChange: (isWanted: boolean) => void }) {
  const { t } = useTranslation("machines");
  const id = useId();
  const ahead = machine.waiting.filter(isToCome).length;
  return (
    <>
      <label className={styles.goOn} data-off={!machine.starts}>
        <input type="checkbox" checked={isWanted} disabled={!machine.starts} aria-describedby={id} data-testid="release-go-on" onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
        <strong>{t("release.goOn")}</strong>
        <span id={id}>{t(ahead > 0 ? "release.goOnBehind" : "release.goOnAlone", { count: ahead })}</span>
      </label>
      {machine.starts ? null : <NoStarter host={machine.host} />}
    </>
  );
}

/** Asks once before a run gives back its card, and says what happens to it. */
export default function ReleaseSheet({ run, machine, hasCard, releasing, close }: ReleaseSheetProps) {
  const { t } = useTranslation(["machines", "acts"]);
  const [goesOn, setGoesOn] = useState(false);
  const wait = useWait(machine.host);
  const isPaused = run.state === "paused";
  function sure(): void {
    releasing.release(() => {
      if (goesOn) wait.mutate({ run: run.run });
      close();
    });
  }
  const footer = (
    <>
      <Button variant="default" size="md" onClick={close}>
        {t("acts:cancel")}
      </Button>
      <Button size="md" loading={releasing.isSending} data-testid="release-sure" onClick={sure}>
        {t(hasCard ? "release.card" : "release.machine")}
      </Button>
    </>
  );
  return (
    <Sheet title={t(hasCard ? "release.card" : "release.machine")} closeLabel={t("acts:close")} close={close} footer={footer} testId="release-sheet">
      <p className={styles.name}>{run.name ?? run.run}</p>
      <ol className={styles.steps}>
        <li>{t(isPaused ? "release.stepPaused" : "release.stepEpoch")}</li>
        <li>{t(hasCard ? "release.stepCard" : "release.stepProcess")}</li>
        <li>
          <Told text={t("release.stepLater", { host: machine.host })} />
        </li>
      </ol>
      <GoOn machine={machine} isWanted={goesOn} onChange={setGoesOn} />
      {releasing.fault ? (
        <p className={styles.bad} role="alert">
          <Told text={releasing.fault.text} />
        </p>
      ) : null}
    </Sheet>
  );
}
