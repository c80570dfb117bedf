import { expect, test } from "vitest";
import { areWithheld, classNames, classSeries } from "./names";

const settings = { class_index: { per_class: { "划痕/轻微 (A)": 1, dent: 0 } } };
const series = [{ name: "class/划痕/轻微 (A)/AP50" }, { name: "class/dent/AP50" }, { name: "class/dent/AP" }, { name: "metrics/mAP50" }];

test("a class may have a slash in its name", () => {
  expect(classSeries("class/划痕/轻微 (A)/AP50")).toEqual({ key: "划痕/轻微 (A)", measure: "AP50" });
  expect(classSeries("metrics/mAP50")).toBeNull();
});

test("classes stand in the order of their numbers, those without one last", () => {
  expect(classNames([...series, { name: "class/new/AP" }], settings)).toEqual([
    { key: "dent", number: 0 },
    { key: "划痕/轻微 (A)", number: 1 },
    { key: "new", number: null },
  ]);
});

test("a name that was withheld is the number itself", () => {
  const withheld = { class_index: { per_class: { "0": 0, "7": 7 } } };
  const names = classNames([{ name: "class/7/AP" }], withheld);
  expect(names).toEqual([{ key: "7", number: 7 }]);
  expect([areWithheld(withheld, names), areWithheld(settings, classNames(series, settings)), areWithheld({}, [])]).toEqual([true, false, false]);
});
