import { expect, test } from "vitest";
import { allOf, merged, parametersOf, textOf, type Comparison } from "./parameters";

const answer = (ids: readonly string[], config: Comparison["sections"][string]): Comparison => ({
  runs: ids.map((id, at) => ({ column: "abc"[at] ?? "", id, name: id, project: "p", attempt: 1 })),
  sections: { config },
  equal: {},
});

test("a key that an answer does not tell is there what the first run has", () => {
  const parts = [
    answer(["one", "two"], [{ key: "lr0", a: 0.1, b: 0.2 }]),
    answer(["one", "six"], [{ key: "mosaic", a: 1 }]),
  ];
  expect(merged(parts).map(({ key, values }) => [key, Object.fromEntries(values)])).toEqual([
    ["lr0", { one: 0.1, two: 0.2, six: 0.1 }],
    ["mosaic", { one: 1, two: 1 }],
  ]);
});

test("a key that the first run lacks is lacking where nothing is told", () => {
  const parts = [answer(["one", "two"], [{ key: "cos", b: true }]), answer(["one", "six"], [])];
  expect(merged(parts).map(({ values }) => Object.fromEntries(values))).toEqual([{ two: true }]);
});

test("parameters are plain values of arguments and settings, each told once", () => {
  const lr = new Map([["one", 0.1], ["two", 0.2]]);
  const found = parametersOf([
    { section: "config", key: "lr0", values: lr },
    { section: "settings", key: "lr0", values: new Map([...lr].toReversed()) },
    { section: "augmentation", key: "mosaic", values: new Map([["one", 1]]) },
    { section: "config", key: "list", values: new Map([["one", [1, 2]]]) },
    { section: "code", key: "commit", values: new Map([["one", "abc"]]) },
  ]);
  expect(found.map(({ id }) => id)).toEqual(["config.lr0", "settings.mosaic"]);
});

test("values are told as text", () => {
  expect([textOf(["a", 1]), textOf({ a: 1 }), textOf(null), textOf("x"), textOf(true), textOf(undefined)]).toEqual(["a, 1", '{"a":1}', "null", "x", "true", ""]);
});

test("all keys of a run are those of its comparison with itself", () => {
  expect(allOf(answer(["one", "one"], [{ key: "lr0", a: 0.1, b: 0.1 }]))).toEqual([{ section: "config", key: "lr0", value: 0.1 }]);
});
