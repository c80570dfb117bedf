import type { ViewedPage } from "../../edits/views/content";
import { route } from "./route";
import { parseCompareSearch } from "./search";
import { contentOf, isEmpty, projectOf, searchOf } from "./views";

/** A comparison as far as saved views are concerned. It is listed under the project of its runs. */
export function useViewedPage(runs: readonly { readonly project: string }[]): ViewedPage {
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const project = search.project ?? projectOf(runs);
  return {
    kind: "compare",
    project: project ?? undefined,
    view: search.view,
    content: isEmpty(search) ? null : contentOf(search, project),
    contentOf: (view) => contentOf(searchOf(view), project),
    show: (view) => void navigate({ search: searchOf(view) }),
    link: (view) => void navigate({ search: (now) => parseCompareSearch({ ...now, view }), replace: true }),
  };
}
