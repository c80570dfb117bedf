import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { parseBoardSearch } from "../features/boards/search";
import { parseCompareSearch } from "../features/compare/search";
import { parseLearntSearch } from "../features/learnt/search";
import { parseMachinesSearch } from "../features/machines/search";
import { parseRunSearch } from "../features/run/search";
import { parseRunsSearch } from "../features/runs/search";
import { bringAllTexts } from "../i18n";
import { Crash, NotFound } from "./Fallbacks";
import { Shell } from "./Shell";

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
  loader: bringAllTexts,
  component: lazyRouteComponent(() => import("../features/run/RunPage")),
});

const machinesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/machines",
  validateSearch: parseMachinesSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(() => import("../features/machines/MachinesPage")),
});

const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: parseCompareSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(() => import("../features/compare/ComparePage")),
});

const learntRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/learnt",
  validateSearch: parseLearntSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(() => import("../features/learnt/LearntPage")),
});

const boardsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/boards",
  loader: bringAllTexts,
  component: lazyRouteComponent(() => import("../features/boards/BoardsPage")),
});

const boardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/boards/$boardId",
  validateSearch: parseBoardSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(() => import("../features/boards/BoardPage")),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([runsRoute, machinesRoute, runRoute, compareRoute, learntRoute, boardsRoute, boardRoute]),
  defaultPreload: "intent",
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
