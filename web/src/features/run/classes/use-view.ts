import { useCallback } from "react";
import { route } from "../route";
import { changed, type ClassesSearch } from "./search";

const NOTHING: ClassesSearch = {};

/** This tab's view as the address has it, and how it is changed. */
export function useClassesView(): readonly [ClassesSearch, (change: ClassesSearch) => void] {
  const { classes = NOTHING } = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (next: ClassesSearch) =>
      void navigate({ search: (now) => ({ ...now, classes: changed(now.classes, next) }), replace: true, resetScroll: false }),
    [navigate],
  );
  return [classes, change];
}
