import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from "react";
import type { Live, LiveState } from "./live";

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ live, children }: { live: Live; children: ReactNode }) {
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** The connection itself, for the shell that starts and ends it. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("a component that watches runs needs a LiveProvider above it");
  return live;
}

export function useLiveState(): LiveState {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, live.current);
}

/** Keeps the server told that these runs are on screen. */
export function useWatch(runs: readonly string[]): void {
  const live = useLive();
  const key = runs.join("\n");
  useEffect(() => live.watch(key === "" ? [] : key.split("\n")), [live, key]);
}
