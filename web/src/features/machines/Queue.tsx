import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MachineRow, RunOnMachine, Waiting } from "../../api/client";
import { NoStarter } from "../../machines/NoStarter";
import { ResumeHere } from "../../machines/ResumeHere";
import { WaitLine } from "../../machines/WaitLine";
import { isToCome, readyOf, waitsOf } from "../../machines/waiting";
import styles from "./Queue.module.css";
import { RunLink } from "./RunLink";

const SHOWN = 3; // more are asked for: who waits is of more interest than all that ever ended here

const runOf = ({ run, project, name }: Waiting): RunOnMachine => ({ run, project, name, state: null, since: null });

interface WaitsProps {
  readonly waits: readonly Waiting[];
  readonly machine: MachineRow;
  readonly now: number;
}

function Lines({ waits, machine, now }: WaitsProps) {
  return waits.map((wait) => (
    <li key={wait.id}>
      <WaitLine wait={wait} machine={machine} now={now}>
        <RunLink run={runOf(wait)} />
      </WaitLine>
    </li>
  ));
}

/** What is to come in its order, and behind it what could not be started. */
function Waits({ waits, machine, now }: WaitsProps) {
  const { t } = useTranslation("machines");
  const [open, failed] = [waits.filter(isToCome), waits.filter((one) => !isToCome(one))];
  return (
    <section aria-label={t("wait.titleOf", { host: machine.host })}>
      {open.length > 0 ? <h3>{t("wait.title", { count: open.length })}</h3> : null}
      <ol className={styles.waits}>
        <Lines waits={open} machine={machine} now={now} />
      </ol>
      <ul className={styles.failed}>
        <Lines waits={failed} machine={machine} now={now} />
      </ul>
    </section>
  );
}

function Ready({ runs, machine }: { runs: readonly RunOnMachine[]; machine: MachineRow }) {
  const { t } = useTranslation(["machines", "states"]);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? runs : runs.slice(0, SHOWN);
  const left = runs.length - shown.length;
  return (
    <section aria-label={t("go.titleOf", { host: machine.host })}>
      <h3>{t("go.title", { count: runs.length })}</h3>
      <ul className={styles.ready}>
        {shown.map((run) => (
          <li key={run.run} data-testid="startable">
            <span className={styles.who}>
              <RunLink run={run} />
              <span className={styles.dim}>{run.state === null ? "" : t(`states:${run.state}`)}</span>
            </span>
            <ResumeHere machine={machine} run={run.run} name={run.name ?? run.run} />
          </li>
        ))}
      </ul>
      {left > 0 ? (
        <button type="button" className={styles.more} onClick={() => setWhole(true)}>
          {t("go.more", { count: left })}
        </button>
      ) : null}
    </section>
  );
}

/** Trainings that ended on a machine and can go on: those that wait for a card, in their order, and those that nobody asked to. */
export function Queue({ machine, now }: { machine: MachineRow; now: number }) {
  const [waits, ready] = [waitsOf(machine), readyOf(machine)];
  if (waits.length === 0 && ready.length === 0) return null;
  return (
    <div className={styles.queue} data-testid="queue">
      {waits.length > 0 ? <Waits waits={waits} machine={machine} now={now} /> : null}
      {ready.length > 0 ? <Ready runs={ready} machine={machine} /> : null}
      {machine.starts ? null : <NoStarter host={machine.host} />}
    </div>
  );
}
