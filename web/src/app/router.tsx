import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { parseAutopilotSearch } from "../features/autopilot/search";
import { parseBoardSearch } from "../features/boards/search";
import { parseCompareSearch } from "../features/compare/search";
import { parseLearntSearch } from "../features/learnt/search";
import { parseMachinesSearch } from "../features/machines/search";
import { parseRunSearch } from "../features/run/search";
import RunsPage from "../features/runs/RunsPage";
import { parseRunsSearch } from "../features/runs/search";
import { bringAllTexts } from "../i18n";
import { Crash, NotFound } from "./Fallbacks";
import { PAGES } from "./pages";
import { Shell } from "./Shell";

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Crash });

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: parseRunsSearch,
  component: RunsPage,
});

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  validateSearch: parseRunSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(PAGES.run),
});

const machinesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/machines",
  validateSearch: parseMachinesSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(PAGES.machines),
});

const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: parseCompareSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(PAGES.compare),
});

const learntRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/learnt",
  validateSearch: parseLearntSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(PAGES.learnt),
});

const autopilotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/autopilot",
  validateSearch: parseAutopilotSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(PAGES.autopilot),
});

const boardsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/boards",
  loader: bringAllTexts,
  component: lazyRouteComponent(PAGES.boards),
});

const boardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/boards/$boardId",
  validateSearch: parseBoardSearch,
  loader: bringAllTexts,
  component: lazyRouteComponent(PAGES.board),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([runsRoute, machinesRoute, runRoute, compareRoute, learntRoute, autopilotRoute, boardsRoute, boardRoute]),
  defaultPreload: "intent",
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
