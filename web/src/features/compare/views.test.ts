import { expect, test } from "vitest";
import type { SavedView } from "../../api/client";
import { contentOf, projectOf, searchOf } from "./views";

const saved: SavedView = {
  id: "v1",
  kind: "compare",
  project: "signs",
  name: "夜间",
  state: { run: ["a", "b"], tab: "table", own: { lr: "log" }, later: 1 },
  version: 1,
  created: "2026-11-20T08:00:00Z",
  updated: "2026-11-20T08:00:00Z",
};

test("a view opens as the address it was saved from, without what is not known", () => {
  expect(searchOf(saved)).toEqual({ run: ["a", "b"], tab: "table", own: { lr: "log" }, view: "v1" });
});

test("a view keeps all of the address but which view it was, a filter's project included", () => {
  const search = { project: "signs", where: "epoch > 3", scale: "log", view: "v0" } as const;
  expect(contentOf(search, "signs")).toEqual({ project: "signs", state: { project: "signs", where: "epoch > 3", scale: "log" } });
});

test("runs of several projects are of none", () => {
  expect([projectOf([{ project: "a" }, { project: "a" }]), projectOf([{ project: "a" }, { project: "b" }]), projectOf([])]).toEqual(["a", null, null]);
});
