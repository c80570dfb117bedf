import { expect, test } from "vitest";
import { isBare, parseRunsSearch } from "./search";

test("a whole view is read back as it was written", () => {
  const view = {
    project: "signs",
    where: 'state == "failed" and lost > 0',
    sort: "-best(metrics/mAP50-95),created",
    columns: ["^name@320", "state", "config.lr0", "spark(class/划痕/轻微 (A)/AP50)"],
    by: "tags",
    folded: ["night"],
    folds: "all" as const,
    archived: "any" as const,
    view: "v1",
  };
  expect(parseRunsSearch({ ...view })).toEqual(view);
});

test("names that look like numbers stay names", () => {
  expect(parseRunsSearch({ project: 2026, by: "tags", folded: [1, true] })).toEqual({ project: "2026", by: "tags", folded: ["1", "true"] });
});

test("what is not understood is left out", () => {
  const odd = { project: "", where: {}, sort: " ", columns: "name", by: null, folded: ["a"], folds: "all", archived: "yes", view: [], more: 1 };
  expect(parseRunsSearch(odd)).toEqual({});
});

test("a column is named once", () => {
  expect(parseRunsSearch({ columns: ["name", "name", 3] })).toEqual({ columns: ["name", "3"] });
});

test("an address with a project alone is bare", () => {
  expect([isBare({}), isBare({ project: "p" }), isBare({ project: "p", where: undefined }), isBare({ sort: "name" })]).toEqual([true, true, true, false]);
});
