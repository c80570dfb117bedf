import { expect, test } from "vitest";
import { pageAt } from "./pages";

test("an address shows a page", () => {
  const shown = ["/", "/runs/r1", "/machines", "/machines/", "/compare", "/learnt", "/autopilot", "/boards", "/boards/b1"].map(pageAt);
  expect(shown).toEqual(["runs", "run", "machines", "machines", "compare", "learnt", "autopilot", "boards", "board"]);
});

test("an address that is none of ours shows none", () => {
  expect(["/runs", "/nothing", "/compare/x", "/constructor"].map(pageAt)).toEqual([null, null, null, null]);
});
