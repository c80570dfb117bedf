import { expect, test } from "vitest";
import { forecastOf } from "./forecast";

test("a forecast is told whole or not at all", () => {
  expect(forecastOf({ final: 0.5, low: 0.4, high: 0.6, enough: 62, now: 0.3 })).toEqual({ final: 0.5, low: 0.4, high: 0.6, enough: 62 });
  expect(forecastOf({ final: 0.5, low: 0.4, high: 0.6, enough: null })).toEqual({ final: 0.5, low: 0.4, high: 0.6, enough: null });
  expect([forecastOf({}), forecastOf({ final: 0.5, low: 0.4 }), forecastOf({ final: "NaN", low: 0.4, high: 0.6 })]).toEqual([null, null, null]);
});
