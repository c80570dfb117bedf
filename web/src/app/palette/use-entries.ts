import { useQuery } from "@tanstack/react-query";
import { useRouter, type AnyRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunSummary, SavedView } from "../../api/client";
import { projectsQuery } from "../../features/runs/queries";
import { viewsQuery } from "../../edits/views/queries";
import { useCommandRegistry } from "../../lib/commands";
import { machinesQuery } from "../../machines/queries";
import { entryOfCommand, type Entry } from "./entries";

const PAGES = { runs: "/", machines: "/machines", compare: "/compare", learnt: "/learnt", autopilot: "/autopilot", boards: "/boards" } as const;
const PAGE_IDS = ["runs", "machines", "compare", "learnt", "autopilot", "boards"] as const;
const PROBLEMS = 'health == "critical" or health == "warning"';

/** Addresses of a place and what it shows, as the router writes them. */
function addressing(router: AnyRouter): (path: string, search: Readonly<Record<string, unknown>>) => string {
  return (path, search) => path + router.options.stringifySearch(search);
}

function usePages(): Entry[] {
  const { t } = useTranslation("commands");
  const router: AnyRouter = useRouter();
  const pages = PAGE_IDS.filter((id) => PAGES[id] in router.routesByPath).map((id): Entry => ({
    id: `page:${id}`,
    kind: "page",
    title: t(`pages.${id}`),
    href: PAGES[id],
  }));
  return [...pages, { id: "page:problems", kind: "page", title: t("pages.problems"), href: addressing(router)("/", { where: PROBLEMS }) }];
}

function useViews(): Entry[] {
  const { t } = useTranslation("commands");
  const href = addressing(useRouter());
  const { data = [] } = useQuery(viewsQuery());
  const addressOf = ({ kind, id, project, state }: SavedView) => {
    if (kind === "board") return `/boards/${id}`;
    return kind === "compare" ? href("/compare", { ...state, view: id }) : href("/", { ...state, project: project ?? undefined, view: id });
  };
  return data.map((view) => ({
    id: `view:${view.id}`,
    kind: "view",
    title: view.name,
    aside: [t(`viewKinds.${view.kind}`), view.project].filter(Boolean).join(" · "),
    href: addressOf(view),
  }));
}

/** Everything that can be found without asking the server for runs. */
export function useEntries(): readonly Entry[] {
  const registry = useCommandRegistry();
  const href = addressing(useRouter());
  const projects = useQuery(projectsQuery()).data?.items ?? [];
  const machines = useQuery(machinesQuery(false)).data ?? [];
  return [
    ...registry.now().commands.map(entryOfCommand),
    ...usePages(),
    ...useViews(),
    ...projects.map(({ name }) => ({ id: `project:${name}`, kind: "project" as const, title: name, href: href("/", { project: name }) })),
    ...machines.map(({ host }) => ({ id: `machine:${host}`, kind: "machine" as const, title: host, href: `/machines#${encodeURIComponent(host)}` })),
  ];
}

export function useRunEntry(): (run: RunSummary) => Entry {
  const { t } = useTranslation("states");
  return ({ id, name, project, state }) => ({
    id: `run:${id}`,
    kind: "run",
    title: name,
    aside: `${project} · ${t(state)}`,
    href: `/runs/${encodeURIComponent(id)}`,
  });
}
