import { getRouteApi } from "@tanstack/react-router";
import { roundedWindow } from "../../series/viewport";
import type { Span } from "../../lib/columns";
import type { BoardSearch } from "./search";

export const route = getRouteApi("/boards/$boardId");

type Change = { readonly [Key in keyof BoardSearch]?: BoardSearch[Key] | undefined };

/** Changes parts of what the address holds; `undefined` takes a part out. */
export function useChange(): (change: Change) => void {
  const navigate = route.useNavigate();
  return (change) => {
    const next = (now: BoardSearch): BoardSearch => Object.fromEntries(Object.entries({ ...now, ...change }).filter(([, value]) => value !== undefined));
    void navigate({ search: next, replace: true, resetScroll: false });
  };
}

export function zoomedTo(window: Span | null): Change {
  const [from, to] = window ? roundedWindow(window) : [];
  return { from, to };
}
