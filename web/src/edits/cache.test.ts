import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { queryKeys } from "../lib/query-keys";
import { changeInCaches } from "./cache";

const row = (id: string) => ({ id, name: id, tags: ["day"], group: null, note: "", starred: false, archived: false, epoch: 3 });

function filled(): QueryClient {
  const client = new QueryClient();
  client.setQueryData(queryKeys.runs("all"), { pages: [{ items: [row("a"), row("b")] }, { items: [row("c")] }], pageParams: [null, "x"] });
  client.setQueryData(queryKeys.run("b"), { ...row("b"), config: {} });
  return client;
}

const listed = (client: QueryClient) =>
  client.getQueryData<{ pages: { items: ReturnType<typeof row>[] }[] }>(queryKeys.runs("all"))?.pages.flatMap(({ items }) => items);

test("a change shows in every list and on the run's page, and nowhere else", () => {
  const client = filled();
  changeInCaches(client, ["b"], () => ({ starred: true }));
  expect(listed(client)?.map(({ id, starred }) => [id, starred])).toEqual([["a", false], ["b", true], ["c", false]]);
  expect(client.getQueryData(queryKeys.run("b"))).toEqual({ ...row("b"), starred: true, config: {} });
});

test("taken back, each run has what it had, and keeps what came meanwhile", () => {
  const client = filled();
  const takeBack = changeInCaches(client, ["a", "b"], (run) => ({ tags: [...run.tags, "night"] }));
  client.setQueryData(queryKeys.run("b"), (now: object | undefined) => now && { ...now, epoch: 4 });
  takeBack();
  expect(listed(client)).toEqual([row("a"), row("b"), row("c")]);
  expect(client.getQueryData(queryKeys.run("b"))).toEqual({ ...row("b"), epoch: 4, config: {} });
});

test("lists that show none of the runs stay the very same", () => {
  const client = filled();
  const before = client.getQueryData(queryKeys.runs("all"));
  changeInCaches(client, ["zzz"], () => ({ starred: true }));
  expect(client.getQueryData(queryKeys.runs("all"))).toBe(before);
});
