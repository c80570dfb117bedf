import { expect, test } from "vitest";
import type { SavedView } from "../../api/client";
import { isSame, offered } from "./content";

const view = (change: Partial<SavedView>): SavedView => ({
  id: "v1",
  kind: "runs",
  project: "signs",
  name: "夜间",
  state: {},
  version: 1,
  created: "2026-11-20T08:00:00Z",
  updated: "2026-11-20T08:00:00Z",
  ...change,
});

test("the order of parts makes no difference, that of a list does", () => {
  const one = { project: null, state: { run: ["a", "b"], ranges: { x: [0, 1], y: [2, 3] } } };
  expect(isSame(one, { project: null, state: { ranges: { y: [2, 3], x: [0, 1] }, run: ["a", "b"] } })).toBe(true);
  expect(isSame(one, { project: null, state: { ...one.state, run: ["b", "a"] } })).toBe(false);
  expect(isSame(one, { ...one, project: "signs" })).toBe(false);
});

test("a project offers its own views before those of all, a list of all projects every one", () => {
  const views = [
    view({ id: "all", project: null, name: "a" }),
    view({ id: "own", name: "z" }),
    view({ id: "other", project: "cars" }),
    view({ id: "board", kind: "board" }),
    view({ id: "compare", kind: "compare" }),
  ];
  expect(offered(views, { kind: "runs", project: "signs" }).map(({ id }) => id)).toEqual(["own", "all"]);
  expect(offered(views, { kind: "runs", project: undefined }).map(({ id }) => id)).toEqual(["own", "other", "all"]);
  expect(offered(views, { kind: "compare", project: undefined }).map(({ id }) => id)).toEqual(["compare"]);
});
