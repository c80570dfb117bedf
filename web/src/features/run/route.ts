import { getRouteApi } from "@tanstack/react-router";
import type { Span } from "../../lib/columns";
import type { RunSearch } from "./search";

export const route = getRouteApi("/runs/$runId");

/** Changes parts of the view in the address; `undefined` takes a part out. */
export function useViewChange(): (change: RunSearch) => void {
  const navigate = route.useNavigate();
  return (change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false });
}

export const zoomedTo = (window: Span | null): RunSearch => ({ from: window?.[0], to: window?.[1] });
