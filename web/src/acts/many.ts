import type { RunSummary, Wish } from "../api/client";
import { runIsOver } from "../ui/run-tone";
import { isSame } from "./acts";

export type ForMany = "pause" | "resume" | "stop";

type Standing = Pick<RunSummary, "state">;

/** Whether a run in its state can be asked for this at all; what its training can do is for itself to say. */
function canBeAsked({ state }: Standing, verb: ForMany): boolean {
  if (runIsOver(state)) return false;
  return verb === "stop" || (state === "paused") === (verb === "resume");
}

/** The runs that can be asked, in their order. */
export const askable = <R extends Standing>(runs: readonly R[], verb: ForMany): R[] => runs.filter((run) => canBeAsked(run, verb));

/** What the button that turns does to the chosen runs; null where none of them goes on. */
export function turnFor(runs: readonly Standing[]): "pause" | "resume" | null {
  if (askable(runs, "pause").length > 0) return "pause";
  return askable(runs, "resume").length > 0 ? "resume" : null;
}

/** A wish for each run. What was asked of a run before and may have arrived is asked again under its id, which happens once. */
export function wishesFor(runs: readonly { readonly id: string }[], wishOf: () => Wish, before: ReadonlyMap<string, Wish>): Map<string, Wish> {
  return new Map(
    runs.map(({ id }) => {
      const [wanted, known] = [wishOf(), before.get(id)];
      return [id, known && isSame(known, wanted) ? known : wanted];
    }),
  );
}
