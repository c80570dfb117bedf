import type { MachineRow, RunOnMachine, Waiting } from "../api/client";

/** Whether it is still to be started; one that failed waits for a person. */
export const isToCome = ({ state }: Pick<Waiting, "state">): boolean => state === "waiting" || state === "starting";

/** What waits for a card of the machine, in its order, and what failed; one that started is on its card again. */
export const waitsOf = ({ waiting }: Pick<MachineRow, "waiting">): Waiting[] => waiting.filter(({ state }) => state !== "started");

/** Runs that can go on here and do not stand in the list: one that failed can be tried again there. */
export function readyOf(machine: Pick<MachineRow, "startable" | "waiting">): RunOnMachine[] {
  const listed = new Set(waitsOf(machine).map(({ run }) => run));
  return machine.startable.filter(({ run }) => !listed.has(run));
}

/** Where a run can go on: its machine, and how it waits there. */
export interface GoingOn {
  readonly machine: MachineRow;
  readonly wait: Waiting | null;
}

/** The machine that a run waits on, else the one that it can go on at; null where it has ended for good. */
export function goingOnAt(machines: readonly MachineRow[], run: string): GoingOn | null {
  for (const machine of machines) {
    const wait = waitsOf(machine).find((one) => one.run === run);
    if (wait) return { machine, wait };
  }
  const machine = machines.find(({ startable }) => startable.some((one) => one.run === run));
  return machine ? { machine, wait: null } : null;
}

/** Why a machine could not start a training again; `machines.json` has a sentence for each, and what is none of them is shown as it was said. */
export const REASONS = ["no_record", "elsewhere", "by_hand", "no_folder", "no_checkpoint", "damaged", "stripped", "no_card", "other_card", "alive", "done", "ended", "slow", "cannot"] as const;

export const startReasonFrom = (detail: string) => REASONS.find((one) => one === detail) ?? null;
