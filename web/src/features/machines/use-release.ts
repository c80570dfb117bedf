import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isOpen, wishToEnd } from "../../acts/acts";
import { actsIn, actsQuery } from "../../acts/queries";
import { useAsking, type Fault } from "../../acts/use-asking";
import type { Command } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";

const isRelease = ({ verb, args }: Command): boolean => verb === "pause" && args.release === true;

export interface Releasing {
  /** The release that is under way, or that this page asked for; null for none. */
  readonly act: Command | null;
  readonly isSending: boolean;
  readonly fault: Fault | null;
  readonly release: (done: () => void) => void;
  readonly forget: () => void;
}

/** Asks a run to give back what it holds, and follows that until the run has ended. */
export function useRelease(run: string): Releasing {
  const client = useQueryClient();
  const [askedId, setAskedId] = useState<string | null>(null);
  const isKnown = askedId !== null || client.getQueryData(queryKeys.commands(run)) !== undefined; // its acts are asked for where somebody acted
  const { data } = useInfiniteQuery({ ...actsQuery(run), enabled: isKnown });
  const { ask, sending, fault, forget } = useAsking(run);
  function release(done: () => void): void {
    const wish = wishToEnd("release");
    ask(wish, () => {
      setAskedId(wish.id);
      done();
    });
  }
  const act = actsIn(data).find((one) => isRelease(one) && (isOpen(one) || one.id === askedId)) ?? null;
  return { act, isSending: sending !== null, fault, release, forget };
}
