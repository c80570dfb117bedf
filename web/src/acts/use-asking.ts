import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type Wish } from "../api/client";
import { isSame } from "./acts";
import { useAsk } from "./queries";
import { reasonWords, verbWords, type T } from "./words";

/** Why something was not sent, or refused at once. */
export interface Fault {
  readonly text: string;
  /** The setting that is at fault. */
  readonly setting: string | null;
  /** Whether it stands among the acts, with its reason. */
  readonly isListed: boolean;
}

const LOST_MS = 60_000; // as long as a command waits: later the same words mean a new wish

const settingIn = (field: string | null): string | null => (field?.startsWith("args.") ? field.slice("args.".length) : null);

function reasonOf(error: Error, t: T): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.reason !== null && error.reason !== "bad_value") return reasonWords(error.reason, t);
  return error.fix === null ? error.message : `${error.message}: ${error.fix}`;
}

function faultFrom(error: Error, wish: Wish, t: T): Fault {
  const text = t("failed", { what: verbWords(wish, t), reason: reasonOf(error, t) });
  const isKnown = error instanceof ApiError;
  return { text, setting: isKnown ? settingIn(error.field) : null, isListed: isKnown && error.reason !== null };
}

export interface Asking {
  readonly ask: (wish: Wish, done?: () => void) => void;
  /** What is on its way to the server. */
  readonly sending: Wish | null;
  readonly fault: Fault | null;
  readonly forget: () => void;
}

/** Sends what is asked for. If nobody knows whether it arrived, the same asked again goes under the same id. */
export function useAsking(run: string): Asking {
  const { t } = useTranslation("acts");
  const { mutate, isPending, variables } = useAsk(run);
  const [fault, setFault] = useState<Fault | null>(null);
  const lost = useRef<{ wish: Wish; at: number } | null>(null);
  const isOnItsWay = useRef(false); // the button learns of it a moment later, and a second press comes sooner
  function ask(wanted: Wish, done?: () => void): void {
    if (isOnItsWay.current) return;
    isOnItsWay.current = true;
    const again = lost.current && Date.now() - lost.current.at < LOST_MS && isSame(lost.current.wish, wanted);
    const wish = again && lost.current ? lost.current.wish : wanted;
    setFault(null);
    mutate(wish, {
      onSuccess() {
        lost.current = null;
        done?.();
      },
      onError(error) {
        lost.current = error instanceof ApiError ? null : { wish, at: Date.now() };
        setFault(faultFrom(error, wish, t));
      },
      onSettled() {
        isOnItsWay.current = false;
      },
    });
  }
  return { ask, sending: isPending ? variables : null, fault, forget: () => setFault(null) };
}
