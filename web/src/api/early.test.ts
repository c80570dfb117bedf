import { afterEach, expect, test, vi } from "vitest";
import { getJson } from "./client";
import { askEarly, mayBeIn } from "./early";

const URL = "/api/v1/session";

function serving(...answers: (Response | Error)[]) {
  const asked = vi.fn(async (_url: string) => {
    const answer = answers.shift() ?? new Error("nothing is left to answer");
    if (answer instanceof Error) throw answer;
    return answer;
  });
  vi.stubGlobal("fetch", asked);
  return asked;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("what was asked early is not asked again, but once", async () => {
  const asked = serving(Response.json({ version: "1" }), Response.json({ version: "2" }));
  askEarly(URL);
  expect(await getJson(URL)).toEqual({ version: "1" });
  expect(asked).toHaveBeenCalledTimes(1);
  expect(await getJson(URL)).toEqual({ version: "2" });
});

test.each([Response.json({}, { status: 401 }), new Error("no network")])("an early answer that is no good is asked for anew", async (bad) => {
  serving(bad, Response.json({ version: "2" }));
  askEarly(URL);
  expect(await getJson(URL)).toEqual({ version: "2" });
});

test("an early answer that nobody wanted is not taken for a new one", async () => {
  vi.useFakeTimers();
  serving(Response.json({ version: "1" }), Response.json({ version: "2" }));
  askEarly(URL);
  vi.advanceTimersByTime(60_000);
  expect(await getJson(URL)).toEqual({ version: "2" });
});

test.each([
  ["yoloscope_8080_in=1", true],
  ["a=b; yoloscope_8080_in=1; c=d", true],
  ["", false],
  ["yoloscope_8080_in=", false],
  ["not_yoloscope_8080_in=1", false],
])("cookies %j tell whether a session may be there: %s", (cookies, told) => {
  expect(mayBeIn(cookies)).toBe(told);
});
