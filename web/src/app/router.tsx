import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { parseRunSearch } from "../features/run/search";
import { Crash, NotFound } from "./Fallbacks";
import { Shell } from "./Shell";

interface RunsSearch {
  readonly project?: string;
}

function parseRunsSearch(raw: Record<string, unknown>): RunsSearch {
  return typeof raw.project === "string" || typeof raw.project === "number" ? { project: String(raw.project) } : {};
}

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Crash });

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: parseRunsSearch,
  component: lazyRouteComponent(() => import("../features/runs/RunsPage")),
});

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  validateSearch: parseRunSearch,
  component: lazyRouteComponent(() => import("../features/run/RunPage")),
});

const machinesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/machines",
  component: lazyRouteComponent(() => import("../features/machines/MachinesPage")),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([runsRoute, machinesRoute, runRoute]),
  defaultPreload: "intent",
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
