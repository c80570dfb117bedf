import { expect, test } from "vitest";
import { missingRows } from "./missing";

const RULES = [
  { rule: "G01", name: "overfit_early", title: { en: "Overfitting begins", zh: "开始过拟合" }, missing: ["val/cls_loss"] },
  { rule: "G04", name: "map_zero", title: { en: "mAP is 0", zh: "mAP 为 0" }, missing: ["metrics/mAP50", "metrics/mAP50-95"] },
];

test("a rule that lacked an input is told by its title in the reader's language", () => {
  expect(missingRows(RULES, "zh")).toContainEqual({ rule: "G01", title: "开始过拟合", inputs: ["val/cls_loss"] });
  expect(missingRows(RULES, "en")).toContainEqual({ rule: "G04", title: "mAP is 0", inputs: ["metrics/mAP50", "metrics/mAP50-95"] });
});

test("rules stand by their titles whatever their ids", () => {
  expect(missingRows(RULES, "en").map(({ title }) => title)).toEqual(["mAP is 0", "Overfitting begins"]);
});
