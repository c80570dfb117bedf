import type { Command } from "../../lib/commands";
import { ANY_LETTERS, ranked, WHOLE_WORDS } from "./match";
import type { Recent } from "./recent";

export const KINDS = ["recent", "page", "command", "view", "project", "machine", "run"] as const;
export type Kind = (typeof KINDS)[number];

/** One line of the palette: a place to go to, or something to do. */
export interface Entry {
  readonly id: string;
  readonly kind: Exclude<Kind, "recent">;
  readonly title: string;
  readonly aside?: string;
  readonly keys?: string;
  readonly href?: string;
  readonly run?: () => void;
}

export interface Section {
  readonly kind: Kind;
  readonly entries: readonly Entry[];
}

const MOST: Readonly<Record<Kind, number>> = { recent: 6, command: 6, page: 6, view: 5, project: 5, machine: 5, run: 20 };

export function entryOfCommand({ id, title, keys, run }: Command): Entry {
  return { id: `command:${id}`, kind: "command", title, run, ...(keys ? { keys } : {}) };
}

const isKind = (kind: string): kind is Entry["kind"] => kind !== "recent" && KINDS.some((one) => one === kind);

/** What was chosen before: a command only while the page has it, a place with the title it had. */
function entriesOfRecent(recent: readonly Recent[], all: readonly Entry[]): Entry[] {
  const now = new Map(all.map((entry) => [entry.id, entry]));
  return recent.flatMap(({ id, title, kind, href }) => {
    const known = now.get(id);
    if (known) return known;
    return href !== undefined && isKind(kind) ? { id, title, kind, href } : [];
  });
}

function sectionsOf(entries: readonly Entry[], most: (kind: Kind) => number): Section[] {
  return KINDS.map((kind) => ({ kind, entries: entries.filter((entry) => entry.kind === kind).slice(0, most(kind)) }));
}

const withEntries = ({ entries }: Section) => entries.length > 0;
const FEW = 3; // beside what was chosen before, only a taste of what there is

/** Before anything is typed: what was chosen lately, then where one can go and what the page can do. */
export function sectionsBeforeTyping(recent: readonly Recent[], all: readonly Entry[]): Section[] {
  const again = entriesOfRecent(recent, all).slice(0, MOST.recent);
  const shown = new Set(again.map(({ id }) => id));
  const rest = all.filter(({ id }) => !shown.has(id));
  const most = (kind: Kind) => (kind === "command" || kind === "page" ? MOST[kind] : FEW);
  return [{ kind: "recent" as const, entries: again }, ...sectionsOf(rest, most)].filter(withEntries);
}

/** What answers the typed words; runs stand last, because they come from the server a moment later. */
export function sectionsFor(typed: string, all: readonly Entry[], runs: readonly Entry[]): Section[] {
  const textOf = ({ title, aside }: Entry) => (aside ? `${title} ${aside}` : title);
  const local = ranked(all, { typed, atLeast: WHOLE_WORDS }, textOf);
  const found = ranked(runs, { typed, atLeast: ANY_LETTERS }, ({ title }) => title);
  return sectionsOf([...local, ...found], (kind) => MOST[kind]).filter(withEntries);
}
