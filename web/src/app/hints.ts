import type { Query, QueryClient } from "@tanstack/react-query";
import { refreshRuns } from "../features/runs/queries";
import { createPacer, type Pacer } from "../lib/pacer";
import { isItemsOf, isSeriesOf, queryKeys } from "../lib/query-keys";
import type { Hint } from "../series/live";

const SERIES = { gatherMs: 10, restMs: 100 }; // a new point is on screen in less time than an eye needs
const ROWS = { gatherMs: 50, restMs: 400 };
const ITEMS = { gatherMs: 200, restMs: 2_000 }; // parts follow their items one by one
const PROJECTS = { gatherMs: 100, restMs: 1_000 };
const FINDINGS = { gatherMs: 100, restMs: 2_000 };
const COMMANDS = { gatherMs: 10, restMs: 300 }; // somebody pressed a button and waits
const CHOSEN = { gatherMs: 200, restMs: 3_000 }; // which runs a board draws

type IsOf = (key: readonly unknown[], run: string) => boolean;

const anyOf = (runs: ReadonlySet<string>, isOf: IsOf) => ({ queryKey }: Query) => [...runs].some((run) => isOf(queryKey, run));
const isRunItself: IsOf = (key, run) => (key[0] === queryKeys.run(run)[0] || key[0] === queryKeys.console(run)[0]) && key[1] === run;
const isFindings: IsOf = (key, run) => key[0] === queryKeys.findings(run)[0] && key[1] === run;
const isCommands: IsOf = (key, run) => key[0] === queryKeys.commands(run)[0] && key[1] === run;
const isPoints: IsOf = (key, run) => isSeriesOf(key, run) || isRunItself(key, run);

export interface HintHandler {
  handle(hint: Hint): void;
  /** A page that nobody sees fetches nothing, and catches up when it is seen. */
  hide(hidden: boolean): void;
}

/** Turns hints into refetches of just what they are about. A chart of twenty live runs is fetched once for all that came. */
export function createHintHandler(client: QueryClient): HintHandler {
  const points = createPacer((runs) => client.invalidateQueries({ predicate: anyOf(runs, isPoints) }), SERIES);
  const items = createPacer((runs) => client.invalidateQueries({ predicate: anyOf(runs, isItemsOf) }), ITEMS);
  const rows = createPacer((runs) => refreshRuns(client, [...runs]), ROWS);
  const projects = createPacer(() => client.invalidateQueries({ queryKey: queryKeys.projects }), PROJECTS);
  const findings = createPacer((runs) => client.invalidateQueries({ predicate: anyOf(runs, isFindings) }), FINDINGS);
  const commands = createPacer((runs) => client.invalidateQueries({ predicate: anyOf(runs, isCommands) }), COMMANDS);
  const chosen = createPacer(() => client.invalidateQueries({ queryKey: queryKeys.allChosen }), CHOSEN);
  const all: readonly Pacer[] = [points, items, rows, projects, findings, commands, chosen];

  return {
    handle(hint) {
      if (hint.type === "media") return items.request(hint.run);
      points.request(hint.run);
      rows.request(hint.run);
      chosen.request("chosen");
      if (hint.type !== "run") return;
      projects.request("projects");
      findings.request(hint.run);
      commands.request(hint.run);
    },
    hide(hidden) {
      for (const pacer of all) pacer.hold(hidden);
    },
  };
}
