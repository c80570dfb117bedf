import { expect, test } from "vitest";
import type { MediaItem } from "../../../api/client";
import { companionOf, groupOf, groupsFrom, layersOf, shortName } from "./groups";

const image = (name: string) => ({ kind: "image", name }) as const;

test("pictures are grouped by all but the last part of their names, known groups first, others as they came", () => {
  const names = [image("val/10"), image("heat_maps/0"), image("val/9"), image("alone"), image("predictions/0"), image("extremes/worst/1"), image("extremes/worst/0")];
  expect(groupsFrom([...names, { kind: "matrix", name: "confusion" }])).toEqual([
    { id: "predictions", names: ["predictions/0"] },
    { id: "extremes/worst", names: ["extremes/worst/0", "extremes/worst/1"] },
    { id: "heat_maps", names: ["heat_maps/0"] },
    { id: "val", names: ["val/9", "val/10"] },
    { id: "alone", names: ["alone"] },
  ]);
});

test("a name without parts is its own group", () => {
  expect([groupOf("alone"), groupOf("/x"), shortName("alone"), shortName("a/b/c")]).toEqual(["alone", "/x", "alone", "c"]);
});

function item(name: string): MediaItem {
  return { run: "r", id: 1, kind: "image", name, step: null, epoch: null, time: "", attempt: 1, superseded: false, facts: {}, parts: [] };
}

test("a heat map belongs to the prediction of its number", () => {
  expect([companionOf("predictions/3"), companionOf("heat_maps/3"), companionOf("inputs/3")]).toEqual(["heat_maps/3", "predictions/3", null]);
});

test("a heat map lies over its picture: lightly on demand, and where it is looked at itself", () => {
  const [picture, heat] = [item("predictions/3"), item("heat_maps/3")];
  const companions = new Map([picture, heat].map((one) => [one.name, one]));
  expect(layersOf(picture, companions, undefined)).toEqual({ base: picture, heat: { item: heat, opacity: 0 } });
  expect(layersOf(picture, companions, 0.3)).toEqual({ base: picture, heat: { item: heat, opacity: 0.3 } });
  expect(layersOf(heat, companions, undefined)).toEqual({ base: picture, heat: { item: heat, opacity: 0.6 } });
  expect(layersOf(heat, new Map(), 0.3)).toEqual({ base: heat, heat: { item: heat, opacity: 1 } });
  expect(layersOf(picture, new Map(), 0.3)).toEqual({ base: picture, heat: null });
});
