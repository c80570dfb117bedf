import { expect, test } from "vitest";
import { mainSettings, otherDifferences } from "./settings-line";

const told = (run: Parameters<typeof mainSettings>[0]) => mainSettings(run).map(({ key, value, asked }) => [key, value, asked]);

test("what is in effect is told, and what was asked for where that is something else", () => {
  const config = { model: "<path>/yolo11n.pt", data: "<path>/signs.yaml", imgsz: 640, batch: -1, optimizer: "auto", lr0: 0.01, amp: true };
  const groups = [{ role: "bias", lr: 0.1 }, { role: "weight", lr: 0.002 }];
  expect(told({ config, settings: { model: "yolo11n", imgsz: 640, batch: 16, optimizer: "AdamW", groups } })).toEqual([
    ["model", "yolo11n", null],
    ["data", "signs", null],
    ["imgsz", 640, null],
    ["batch", 16, -1],
    ["optimizer", "AdamW", "auto"],
    ["lr", 0.002, 0.01],
  ]);
});

test("a plain loop's own words are understood, and nothing is made up", () => {
  expect(told({ config: { batch_size: 8, learning_rate: 0.1, optimizer: "" }, settings: {} })).toEqual([
    ["batch", 8, null],
    ["lr", 0.1, null],
  ]);
  expect(told({ config: { data: "<path>/<path>.yaml", model: "<text>" }, settings: {} })).toEqual([]);
});

test("other arguments that did not come to pass are named; those that say nothing are not", () => {
  const config = { amp: true, mosaic: 1, workers: 8, save_dir: "a", device: "0", optimizer: "auto", time: null };
  const settings = { amp: false, mosaic: 1, workers: 2, save_dir: "b", device: "cuda:0", optimizer: "SGD", time: 3 };
  expect(otherDifferences({ config, settings })).toEqual([
    { key: "amp", value: false, asked: true },
    { key: "workers", value: 2, asked: 8 },
  ]);
});
