import { expect, test } from "vitest";
import { EMPTY_LAYOUT } from "../../panels/layout";
import { chart } from "../../panels/plan";
import type { SectionPlan } from "./derive";
import { layoutOf, parseLayoutSearch, searchOfLayout } from "./layout-search";
import { linkOf } from "./link";

const title = { en: "", zh: "" };
const plan = (key: string) => chart(key, { kind: "text", text: title }, []);
const sections: readonly SectionPlan[] = [{ id: "loss", charts: ["a", "b", "c", "d"].map(plan) }];
const layout = { sizes: { a: { width: 2, height: 3 } }, order: { loss: ["d", "a", "b"] }, pinned: ["c"], hidden: ["b", "划痕/轻微 (A)"] };

test("an arrangement goes into the address, short, and comes back", () => {
  const said = searchOfLayout(layout, sections);
  expect(said).toEqual({ sizes: { a: "2x3" }, order: { loss: ["d", "a"] }, pinned: ["c"], hidden: ["b", "划痕/轻微 (A)"] });
  expect(parseLayoutSearch(JSON.parse(JSON.stringify(said)))).toEqual(said);
  expect(said && layoutOf(said)).toEqual({ ...layout, order: { loss: ["d", "a"] } });
});

test("what is usual says nothing, an order that is none included", () => {
  expect(searchOfLayout(EMPTY_LAYOUT, sections)).toBeUndefined();
  expect(searchOfLayout({ ...EMPTY_LAYOUT, order: { loss: ["a", "b", "c", "d"] } }, sections)).toBeUndefined();
  expect([parseLayoutSearch("usual"), layoutOf("usual")]).toEqual(["usual", EMPTY_LAYOUT]);
});

test("what is not understood of an arrangement is dropped", () => {
  expect(parseLayoutSearch({ sizes: { a: "9x1", b: 3, c: "1x4" }, order: ["a"], pinned: [1, "p"], hidden: "h", later: 1 })).toEqual({ sizes: { c: "1x4" }, pinned: ["p"] });
  expect([parseLayoutSearch("other"), parseLayoutSearch({}), parseLayoutSearch([1]), parseLayoutSearch({ sizes: 3 })]).toEqual([undefined, undefined, undefined, undefined]);
});

test("a copied link of charts says that nothing is arranged", () => {
  expect(linkOf("http://h/runs/r?tab=charts")).toBe("http://h/runs/r?tab=charts&layout=usual");
  expect(linkOf("http://h/runs/r?tab=charts&layout=%7B%7D")).toBe("http://h/runs/r?tab=charts&layout=%7B%7D");
  expect(linkOf("http://h/runs/r?tab=config")).toBe("http://h/runs/r?tab=config");
});
