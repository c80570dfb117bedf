import { expect, test } from "vitest";
import { parseAutopilotSearch } from "./search";

test("the project is taken from the address, also one that reads as a number, and what is not understood is dropped", () => {
  expect(parseAutopilotSearch({ project: "signs", other: 1 })).toEqual({ project: "signs" });
  expect(parseAutopilotSearch({ project: 2026 })).toEqual({ project: "2026" });
  expect([{ project: "" }, { project: null }, {}].map(parseAutopilotSearch)).toEqual([{}, {}, {}]);
});
