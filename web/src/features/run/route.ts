import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Span } from "../../lib/columns";
import { roundedWindow } from "../../series/viewport";
import type { RunSearch } from "./search";

export const route = getRouteApi("/runs/$runId");

/** Changes parts of the view in the address; `undefined` takes a part out. */
export function useViewChange(): (change: RunSearch) => void {
  const navigate = route.useNavigate();
  return useCallback((change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false }), [navigate]);
}

export function zoomedTo(window: Span | null): RunSearch {
  const [from, to] = window ? roundedWindow(window) : [];
  return { from, to };
}
