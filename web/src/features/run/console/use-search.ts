import { useDeferredValue, useEffect, useMemo, useState } from "react";
import type { ConsoleFeed } from "./feed";
import { matchesIn, type ConsoleRow } from "./rows";

export interface Search {
  readonly query: string;
  readonly setQuery: (query: string) => void;
  readonly count: number;
  /** Which match is looked at, from 1; 0 for none. */
  readonly at: number;
  /** Index of its row, null for none. */
  readonly row: number | null;
  readonly step: (by: 1 | -1) => void;
}

/** A search through all lines, older ones fetched for it; it begins at the newest match. */
export function useSearch(feed: ConsoleFeed, rows: readonly ConsoleRow[]): Search {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = useDeferredValue(query);
  const matches = useMemo(() => matchesIn(rows, wanted), [rows, wanted]);
  useEffect(() => {
    if (wanted !== "") void feed.all().catch(() => undefined); // what is here is searched all the same
  }, [feed, wanted]);

  const kept = matches.findIndex((row) => rows[row]?.key === chosen);
  const at = kept < 0 ? matches.length - 1 : kept;
  return {
    query,
    setQuery: (next) => {
      setQuery(next);
      setChosen(null);
    },
    count: matches.length,
    at: at + 1,
    row: matches[at] ?? null,
    step: (by) => {
      const next = matches[(at + by + matches.length) % matches.length];
      setChosen((next === undefined ? null : rows[next]?.key) ?? null);
    },
  };
}
