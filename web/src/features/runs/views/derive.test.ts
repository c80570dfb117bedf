import { expect, test } from "vitest";
import type { SavedView } from "../../../api/client";
import { contentOf, isChanged, offered, searchOf } from "./derive";

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

test("a project offers its own views before those of all, a list of all projects every one", () => {
  const views = [
    view({ id: "all", project: null, name: "a" }),
    view({ id: "own", name: "z" }),
    view({ id: "other", project: "cars" }),
    view({ id: "board", kind: "board" }),
  ];
  expect(offered(views, "signs").map(({ id }) => id)).toEqual(["own", "all"]);
  expect(offered(views, undefined).map(({ id }) => id)).toEqual(["own", "other", "all"]);
});
