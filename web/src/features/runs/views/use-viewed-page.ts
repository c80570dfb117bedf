import type { ViewedPage } from "../../../edits/views/content";
import { route } from "../route";
import { contentOf, searchOf } from "./derive";

/** The run list as far as saved views are concerned. */
export function useViewedPage(): ViewedPage {
  const navigate = route.useNavigate();
  const search = route.useSearch();
  return {
    kind: "runs",
    project: search.project,
    view: search.view,
    content: contentOf(search),
    contentOf: (view) => contentOf(searchOf(view)),
    show: (view) => void navigate({ search: searchOf(view) }),
    link: (view) => void navigate({ search: (now) => ({ ...now, view }), replace: true }),
  };
}
