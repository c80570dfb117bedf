import { expect, test } from "vitest";
import { ApiError } from "../../../api/client";
import { filtersOf, questionOf, withoutUnknown } from "./question";

test("a question holds what rows lack, each name once, whatever their order", () => {
  const search = { project: "p", sort: "-best(metrics/mAP50),created", archived: "only" as const };
  expect(questionOf(search, ["state", "config.lr0", "metrics/mAP50", "best(metrics/mAP50)"])).toEqual({
    project: "p",
    where: undefined,
    sort: "-best(metrics/mAP50),created",
    archived: "true",
    columns: "best(metrics/mAP50),config.lr0",
  });
});

function refusal(field: string, column: number): ApiError {
  return new ApiError(422, { type: "urn:yoloscope:problem:invalid-filter", field, column, length: 1 });
}

test("a name that no run has is asked for no more", () => {
  const names = { columns: "config.gone,config.lr0", sort: "-gone,created" };
  expect(withoutUnknown(names, refusal("columns", 1))).toEqual({ columns: "config.lr0", sort: "-gone,created" });
  expect(withoutUnknown(names, refusal("sort", 2))).toEqual({ columns: "config.gone,config.lr0", sort: "created" });
  expect(withoutUnknown(names, refusal("where", 1))).toBeNull();
  expect(withoutUnknown({ columns: "", sort: undefined }, refusal("columns", 1))).toBeNull();
});

test("filters for single runs stay within what a filter may be", () => {
  const runs = Array.from({ length: 250 }, (_, at) => `run-${String(at).padStart(12, "0")}`);
  const filters = filtersOf(runs, "epoch > 3 or starred");
  expect(filters[0]?.startsWith('(epoch > 3 or starred) and id in ["run-000000000000", ')).toBe(true);
  expect(filters.map((one) => one.length <= 4000)).toEqual([true, true, true]);
  expect(runs.every((run) => filters.some((one) => one.includes(`"${run}"`)))).toBe(true);
});
