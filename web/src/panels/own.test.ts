import { expect, test } from "vitest";
import { ownFrom, ownWith, settingsByChart } from "./own";

test("settings of single charts come out of an address, as far as they are understood", () => {
  expect(ownFrom({ a: "log,nope", b: 3, c: "w10:20,xstep" })).toEqual({ a: "log", c: "w10:20,xstep" });
  expect([ownFrom({ a: "nope" }), ownFrom(["log"]), ownFrom("log"), ownFrom(null)]).toEqual([undefined, undefined, undefined, undefined]);
});

test("settings of a chart come out of the address and go into it", () => {
  const own = { a: "log", b: "clip" };
  expect(settingsByChart(own)).toEqual({ a: { scale: "log" }, b: { clip: true } });
  expect(ownWith(own, "a", { y: [0, null] })).toEqual({ a: "y0:", b: "clip" });
  expect(ownWith({ a: "log" }, "a", {})).toBeUndefined();
});
