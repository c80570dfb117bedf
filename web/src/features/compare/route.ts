import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { roundedWindow } from "../../series/viewport";
import type { Span } from "../../lib/columns";
import { parseCompareSearch, type CompareSearch } from "./search";

export const route = getRouteApi("/compare");

export type Change = (change: CompareSearch) => void;

/** Changes parts of the comparison in the address by what stands there; `undefined` takes a part out. */
export function useChangeOf(): (change: (now: CompareSearch) => CompareSearch) => void {
  const navigate = route.useNavigate();
  return useCallback((change) => void navigate({ search: (now) => parseCompareSearch({ ...now, ...change(now) }), replace: true, resetScroll: false }), [navigate]);
}

/** Changes parts of the comparison in the address; `undefined` takes a part out. */
export function useChange(): Change {
  const changeOf = useChangeOf();
  return useCallback((change) => changeOf(() => change), [changeOf]);
}

export function zoomedTo(window: Span | null): CompareSearch {
  const [from, to] = window ? roundedWindow(window) : [];
  return { from, to };
}
