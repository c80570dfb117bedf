import { expect, test } from "vitest";
import type { SavedView } from "../../../api/client";
import { isSame } from "../../../edits/views/content";
import { contentOf, searchOf } from "./derive";

const isChanged = (view: SavedView, search: Parameters<typeof contentOf>[0]) => !isSame(contentOf(searchOf(view)), contentOf(search));

const view = (change: Partial<SavedView>): SavedView => ({
  id: "v1",
  kind: "runs",
  project: "signs",
  name: "夜间",
  state: { where: 'tags contains "night"', columns: ["^name", "metrics/mAP50"] },
  version: 1,
  created: "2026-11-20T08:00:00Z",
  updated: "2026-11-20T08:00:00Z",
  ...change,
});

test("a view keeps what the address says, its project beside it, and not which view it was", () => {
  expect(contentOf({ project: "signs", where: "epoch > 3", view: "v0" })).toEqual({ project: "signs", state: { where: "epoch > 3" } });
});

test("an opened view is unchanged, whatever order its parts stand in", () => {
  const opened = searchOf(view({}));
  expect(opened).toEqual({ project: "signs", where: 'tags contains "night"', columns: ["^name", "metrics/mAP50"], view: "v1" });
  const { where, ...rest } = opened;
  expect(isChanged(view({}), { ...rest, ...(where === undefined ? {} : { where }) })).toBe(false);
  expect(isChanged(view({}), { ...opened, sort: "-epoch" })).toBe(true);
  expect(isChanged(view({}), { ...rest })).toBe(true);
});

test("what is not known of a stored state is left out", () => {
  expect(searchOf(view({ project: null, state: { where: "epoch > 3", later: 1 } }))).toEqual({ where: "epoch > 3", view: "v1" });
});
