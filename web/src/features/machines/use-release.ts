import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isOpen, wishToEnd } from "../../acts/acts";
import { actsIn, actsQuery } from "../../acts/queries";
import { useAsking, type Fault } from "../../acts/use-asking";
import type { Command, RunOnMachine } from "../../api/client";

const isRelease = ({ verb, args }: Command): boolean => verb === "pause" && args.release === true;

export interface Releasing {
  /** The release that is under way, or that this page asked for; null for none. */
  readonly act: Command | null;
  readonly isSending: boolean;
  readonly fault: Fault | null;
  readonly release: (done: () => void) => void;
  readonly forget: () => void;
}

/** Whether a release of the process that trains now was carried out: one from before that process began ended another. */
const endsNow = ({ state, settled }: Command, { since }: RunOnMachine): boolean => state === "applied" && settled !== null && since !== null && Date.parse(settled) > Date.parse(since);

/** Asks a run to give back what it holds, and follows that until the run has ended, whoever asked for it and wherever. */
export function useRelease(of: RunOnMachine): Releasing {
  const [askedId, setAskedId] = useState<string | null>(null);
  const { data } = useInfiniteQuery(actsQuery(of.run));
  const { ask, sending, fault, forget } = useAsking(of.run);
  function release(done: () => void): void {
    const wish = wishToEnd("release");
    ask(wish, () => {
      setAskedId(wish.id);
      done();
    });
  }
  const act = actsIn(data).find((one) => isRelease(one) && (isOpen(one) || one.id === askedId || endsNow(one, of))) ?? null;
  return { act, isSending: sending !== null, fault, release, forget };
}
