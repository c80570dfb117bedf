import { getRouteApi } from "@tanstack/react-router";
import type { RunsSearch } from "./search";

export const route = getRouteApi("/");

/** Changes parts of the view in the address; `undefined` takes a part out. */
export function useViewChange(): (change: RunsSearch) => void {
  const navigate = route.useNavigate();
  return (change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false });
}
