import { useQuery } from "@tanstack/react-query";
import { useId, useState, useSyncExternalStore } from "react";
import { consoleQuery, loadConsole } from "../queries";
import { ConsoleFeed, type ConsoleState } from "./feed";

export interface Console {
  readonly feed: ConsoleFeed;
  readonly state: ConsoleState;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** The printed lines of a run, kept up to date for as long as the component is there. */
export function useConsole(run: string): Console {
  const id = useId();
  const [feed] = useState(() => new ConsoleFeed(loadConsole(run)));
  const { error, refetch } = useQuery(consoleQuery(run, feed, id));
  const state = useSyncExternalStore(feed.subscribe, feed.current);
  return { feed, state, error, retry: () => void refetch() };
}
