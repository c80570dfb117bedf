import { expect, test } from "vitest";
import { recentFrom, withRecent, type Recent } from "./recent";

const run = (id: string): Recent => ({ id: `run:${id}`, title: id, kind: "run", href: `/runs/${id}` });

test("what is chosen again moves to the front, and only the last ones are kept", () => {
  const known = Array.from({ length: 8 }, (_, index) => run(`r${index}`));
  const after = withRecent(known, run("r5"));
  expect(after.map(({ title }) => title)).toEqual(["r5", "r0", "r1", "r2", "r3", "r4", "r6", "r7"]);
  expect(withRecent(after, run("new"))).toHaveLength(8);
});

test("what was stored by somebody else is passed over", () => {
  const foreign = JSON.stringify([run("a"), { id: 1 }, null, { ...run("b"), href: "https://example.org" }, { ...run("c"), href: "//example.org" }]);
  expect(recentFrom(foreign)).toEqual([run("a")]);
  expect(recentFrom("{")).toEqual([]);
  expect(recentFrom(null)).toEqual([]);
});
