import { getRouteApi } from "@tanstack/react-router";
import { roundedWindow } from "../../series/viewport";
import type { Span } from "../../lib/columns";
import { parseCompareSearch, type CompareSearch } from "./search";

export const route = getRouteApi("/compare");

export type Change = (change: CompareSearch) => void;

/** Changes parts of the comparison in the address; `undefined` takes a part out. */
export function useChange(): Change {
  const navigate = route.useNavigate();
  return (change) => void navigate({ search: (now) => parseCompareSearch({ ...now, ...change }), replace: true, resetScroll: false });
}

export function zoomedTo(window: Span | null): CompareSearch {
  const [from, to] = window ? roundedWindow(window) : [];
  return { from, to };
}
