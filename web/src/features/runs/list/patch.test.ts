import { expect, test } from "vitest";
import type { RunSummary } from "../../../api/client";
import { runOf } from "../testing";
import { compareRuns } from "./order";
import { edgeOf, loadedPage, pagesWith, patchedRows, rowsOf, type LoadedPages } from "./patch";
import { orderOf } from "./terms";

const scored = (id: string, score: number) => runOf(id, { values: { score } });
const compare = compareRuns(orderOf("-score"));
const rows = [scored("a", 9), scored("b", 7), scored("c", 5)];
const ids = (runs: readonly RunSummary[]) => runs.map(({ id }) => id);

function patched(asked: string[], fresh: RunSummary[], edge: RunSummary | null = null): string[] {
  return ids(patchedRows(rows, { asked, fresh, edge }, compare));
}

test("a run whose value changed goes to its new place", () => {
  expect(patched(["c"], [scored("c", 8)])).toEqual(["a", "c", "b"]);
});

test("a run that keeps its place is replaced by what is new of it", () => {
  const fresh = { ...scored("b", 7), epoch: 8 };
  const found = patchedRows(rows, { asked: ["b"], fresh: [fresh], edge: null }, compare);
  expect(found[1]).toBe(fresh);
  expect(found[0]).toBe(rows[0]);
});

test("a run that matches no more goes, a new one comes in", () => {
  expect(patched(["b", "n"], [scored("n", 10)])).toEqual(["n", "a", "c"]);
});

test("a run behind the last loaded row waits for its page", () => {
  expect(patched(["a", "z"], [scored("a", 1), scored("z", 2)], scored("c", 5))).toEqual(["b", "c"]);
});

test("runs that nobody asked about stay as they are", () => {
  expect(patched([], [])).toEqual(["a", "b", "c"]);
});

test("a run that is on two pages is one row", () => {
  expect(ids(rowsOf([{ items: [rows[0] ?? runOf("")], next: "x", total: 2 }, { items: rows, next: null, total: 3 }]))).toEqual(["a", "b", "c"]);
});

test("patched rows keep the number of pages, the way on and the edge", () => {
  const now: LoadedPages = {
    pages: [loadedPage({ items: rows.slice(0, 2), next: "x", total: 9 }), loadedPage({ items: rows.slice(2), next: "y", total: 9 })],
    pageParams: [null, "x"],
  };
  const after = pagesWith(now, rows.slice(0, 2), 8);
  expect(after.pages.map(({ items, next, total }) => [ids(items), next, total])).toEqual([
    [["a"], "x", 8],
    [["b"], "y", 8],
  ]);
  expect(edgeOf(after)?.id).toBe("c");
  expect(edgeOf({ pages: [loadedPage({ items: rows, next: null, total: 3 })], pageParams: [null] })).toBeNull();
});
