import { expect, test } from "vitest";
import { actionOf } from "./keys";
import { nextOrder } from "./order";
import { among, toggle, withRange } from "./selection";

const key = (name: string, more: Partial<Parameters<typeof actionOf>[0]> = {}) =>
  actionOf({ key: name, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more }, { active: 5, count: 100, page: 20 });

test("arrows and pages move within the table", () => {
  expect(key("ArrowDown")).toEqual({ do: "move", to: 6, extend: false });
  expect(key("PageUp", { shiftKey: true })).toEqual({ do: "move", to: 0, extend: true });
  expect(key("End")).toEqual({ do: "move", to: 99, extend: false });
});

test("keys that are not the table's are left to the page", () => {
  expect([key("f", { ctrlKey: true }), key("ArrowLeft", { altKey: true }), key("q"), key("a")]).toEqual([null, null, null, null]);
  expect([key("a", { metaKey: true }), key(" "), key("x"), key("Enter"), key("Escape")]).toEqual(
    (["all", "select", "select", "open", "none"] as const).map((what) => ({ do: what })),
  );
});

test("a click sorts by the better end, then the other, then not at all", () => {
  const click = { term: "m", falling: true, add: false };
  const once = nextOrder([{ term: "created", descending: false }], click);
  expect(once).toEqual([{ term: "m", descending: true }]);
  const twice = nextOrder(once, click);
  expect(twice).toEqual([{ term: "m", descending: false }]);
  expect(nextOrder(twice, click)).toEqual([]);
});

test("with Shift the other columns keep their part", () => {
  const order = [{ term: "state", descending: false }];
  const both = nextOrder(order, { term: "m", falling: true, add: true });
  expect(both).toEqual([...order, { term: "m", descending: true }]);
  expect(nextOrder(both, { term: "state", falling: false, add: true })[0]).toEqual({ term: "state", descending: true });
});

test("rows are chosen one by one and in ranges, heads of groups left out", () => {
  const one = toggle(new Set(), "b");
  expect([...withRange(one, ["a", "b", null, "c", "d"], 3, 0)]).toEqual(["b", "a", "c"]);
  expect([...toggle(one, "b")]).toEqual([]);
});

test("what has gone is chosen no more, and nothing changes without need", () => {
  const chosen = new Set(["a", "b"]);
  expect([...among(chosen, new Set(["b"]))]).toEqual(["b"]);
  expect(among(chosen, new Set(["a", "b", "c"]))).toBe(chosen);
});
