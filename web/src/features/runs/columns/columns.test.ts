import { expect, test } from "vitest";
import { runOf } from "../testing";
import { columnsFromStorage, columnsFromTexts, defaultColumns, laidOut, leadingMetrics, textsFromColumns } from "./layout";
import { isFallingFirst, isGroupable, kindOf, sortTerm, widthOf } from "./kinds";
import { wordFor } from "./queries";
import { movedBy, movedTo, withPin, withWidth } from "./specs";

const texts = (columns: Parameters<typeof textsFromColumns>[0]) => textsFromColumns(columns).join(" ");
const four = columnsFromTexts(["^name", "state", "created@120", "config.lr0"]);

const logging = (...names: string[]) => [runOf("a", { last: Object.fromEntries(names.map((name) => [name, 1])) })];

test("columns are written as they are read, pinned ones first, the name always", () => {
  expect(texts(columnsFromTexts(["state", "^name@320", "config.a@b@2"]))).toBe("^name@320 state config.a@b@48");
  expect(texts(columnsFromTexts(["state", "state"]))).toBe("^name state");
});

test("a name that ends like a width survives", () => {
  const odd = [{ id: "config.a@2", width: null, pinned: false }];
  expect(textsFromColumns(odd)).toEqual(["config.a@2@0"]);
  expect(columnsFromTexts(["config.a@2@0"]).at(-1)).toEqual(odd[0]);
});

test("a column moves to where another stands, among the pinned ones pinned", () => {
  expect(texts(movedTo(four, "config.lr0", "state"))).toBe("^name config.lr0 state created@120");
  expect(texts(movedTo(four, "state", "config.lr0"))).toBe("^name created@120 config.lr0 state");
  expect(texts(movedTo(four, "state", "name"))).toBe("^state ^name created@120 config.lr0");
});

test("a step never crosses the edge of what is pinned", () => {
  expect(texts(movedBy(four, "state", -1))).toBe("^name state created@120 config.lr0");
  expect(texts(movedBy(four, "state", 1))).toBe("^name created@120 state config.lr0");
});

test("pinning puts a column behind the pinned ones, and back in front of the others", () => {
  expect(texts(withPin(four, "config.lr0", true))).toBe("^name ^config.lr0 state created@120");
  expect(texts(withPin(four, "name", false))).toBe("name state created@120 config.lr0");
});

test("a width has an end on either side", () => {
  expect([10, 200.4, 5000, null].map((width) => withWidth(four, "state", width)[1]?.width)).toEqual([48, 200, 800, null]);
});

test("the name takes what is left, and pinned columns know their place", () => {
  const laid = laidOut(columnsFromTexts(["^name", "^state", "created"]), { width: 1000, lead: 60 });
  const name = 1000 - 60 - widthOf("state") - widthOf("created");
  expect(laid).toEqual([
    { id: "name", width: name, left: 60 },
    { id: "state", width: widthOf("state"), left: 60 + name },
    { id: "created", width: widthOf("created"), left: null },
  ]);
  expect(laidOut(columnsFromTexts(["^name@300"]), { width: 1000, lead: 60 })[0]?.width).toBe(300);
});

test("the usual columns show mAP, or what there is instead", () => {
  expect(leadingMetrics([])).toEqual(["metrics/mAP50-95", "metrics/mAP50"]);
  expect(leadingMetrics(logging("metrics/mAP50", "train/box_loss"))).toEqual(["metrics/mAP50-95", "metrics/mAP50"]);
  expect(leadingMetrics(logging("metrics/accuracy_top1", "train/loss"))).toEqual(["metrics/accuracy_top1"]);
  expect(leadingMetrics(logging("train/loss"))).toEqual(["train/loss"]);
  expect(texts(defaultColumns(true, ["train/loss"]))).toBe("^name project state health progress eta_s train/loss spark(train/loss) created elapsed_s");
});

test("what was remembered is read as far as it can be", () => {
  expect(columnsFromStorage('["state",3]')?.map(({ id }) => id)).toEqual(["name", "state"]);
  expect(["", "{}", "[]", "[1]"].map(columnsFromStorage)).toEqual([null, null, null, null]);
});

test("a column is shown, sorted and grouped by what it holds", () => {
  expect(["best(metrics/mAP50)", "class/划痕/轻微 (A)/AP50", "config.lr0", "spark(x)", "eta_s"].map(kindOf)).toEqual(["metric", "metric", "value", "spark", "duration"]);
  expect(["progress", "spark(x)", "config.lr0"].map(sortTerm)).toEqual(["epoch", null, "config.lr0"]);
  expect([isFallingFirst("metrics/mAP50", 0), isFallingFirst("val/box_loss", 0), isFallingFirst("config.lr0", "x"), isFallingFirst("name", "")]).toEqual([true, false, false, false]);
  expect(["group", "config.model", "created", "epoch", "metrics/mAP50"].filter(isGroupable)).toEqual(["group", "config.model"]);
});

test("the server looks for the longest word of what was typed", () => {
  expect([wordFor("best map50"), wordFor("`class/traffic light/AP"), wordFor("  ")]).toEqual(["map50", "class/traffic", ""]);
});
