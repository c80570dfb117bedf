// @vitest-environment happy-dom
import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { remember } from "../../lib/storage";
import { firstAsk, placeOfColumns } from "./first-ask";
import { questionOf } from "./list/question";
import { runsQuery } from "./queries";

afterEach(() => {
  window.localStorage.clear();
  vi.unstubAllGlobals();
});

test("what is asked while the code travels is what the list asks then", async () => {
  const asked = vi.fn(async () => Response.json({ items: [], next: null, total: 0 }));
  vi.stubGlobal("fetch", asked);
  await new QueryClient().fetchInfiniteQuery(runsQuery(questionOf({}, [])));
  expect(asked.mock.calls).toEqual([[firstAsk(""), expect.anything()]]);
});

test("a list that is shaped by the address or by what is remembered is asked for by itself", () => {
  remember(placeOfColumns(undefined), "");
  expect(firstAsk("")).not.toBeNull();
  expect(firstAsk("?sort=-name")).toBeNull();
  remember(placeOfColumns(undefined), '["name"]');
  expect(firstAsk("")).toBeNull();
});
