import { useCallback } from "react";
import type { ItemsSearch } from "./items-search";
import { route } from "./route";

const NOTHING: ItemsSearch = {};

/** What the address says of the views of items, and what changes it; `undefined` takes a part out. */
export function useItemsView(): readonly [ItemsSearch, (change: ItemsSearch) => void] {
  const { items = NOTHING } = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (changed: ItemsSearch) => void navigate({ search: (now) => ({ ...now, items: { ...now.items, ...changed } }), replace: true, resetScroll: false }),
    [navigate],
  );
  return [items, change];
}
