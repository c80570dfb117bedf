import { expect, test } from "vitest";
import { formatFinish } from "./finish";

const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute).getTime();

test("a time today is told by the clock, one this week with its day, a later one with its date", () => {
  const now = at(22, 16, 30);
  expect(formatFinish(at(22, 17, 5), now, "en-GB")).toBe("17:05");
  expect(formatFinish(at(23, 0, 10), now, "en-GB")).toBe("Mon 00:10");
  expect(formatFinish(at(30, 8, 0), now, "en-GB")).toBe("30 Nov, 08:00");
});
