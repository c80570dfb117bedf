import { expect, test } from "vitest";
import { fileName } from "./download";

test.each([
  ["Box loss (train)", "Box-loss-(train).svg"],
  ["划痕/轻微 (A)", "划痕-轻微-(A).svg"],
  ["../../etc", "etc.svg"],
  ["", "chart.svg"],
])("%s", (name, file) => {
  expect(fileName(name, "svg")).toBe(file);
});
