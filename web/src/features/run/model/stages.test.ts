import { expect, test } from "vitest";
import type { Graph, GraphNode } from "../../../items/content";
import { rowsOf, stagesFrom } from "./stages";

function node(id: string, kind: string, shape: readonly number[], parameters = 10, frozen = false): GraphNode {
  return { id, kind, shape, parameters, frozen };
}

const YOLO: Graph = {
  nodes: [
    node("input", "Input", [3, 64, 64], 0),
    node("0", "Conv", [16, 32, 32], 100, true),
    node("1", "Conv", [32, 16, 16], 200),
    node("2", "C3k2", [32, 16, 16], 300),
    node("3", "Upsample", [32, 32, 32], 0),
    node("4", "Concat", [48, 32, 32], 0),
    node("5", "Detect", [144, 32, 32], 400),
  ],
  edges: [
    ["input", "0"],
    ["0", "1"],
    ["1", "2"],
    ["2", "3"],
    ["3", "4"],
    ["0", "4"],
    ["4", "5"],
  ],
};

test("a detector has stages where its resolution is halved, a neck from the first upsampling on, and a head", () => {
  expect(stagesFrom(YOLO).map(({ id, layers, parameters, frozen }) => [id, layers.map((one) => one.id), parameters, frozen])).toEqual([
    ["input", ["input"], 0, 0],
    ["backbone.1", ["0"], 100, 100],
    ["backbone.2", ["1", "2"], 500, 0],
    ["neck", ["3", "4"], 0, 0],
    ["head", ["5"], 400, 0],
  ]);
});

test("a layer knows what feeds it", () => {
  expect(stagesFrom(YOLO).flatMap(({ layers }) => layers).find(({ id }) => id === "4")?.sources).toEqual(["3", "0"]);
});

test("other models are grouped by the first part of their layers' names", () => {
  const graph = { nodes: [node("encoder.a", "Conv", []), node("encoder.b", "Conv", []), node("fc", "Linear", [])], edges: [] };
  expect(stagesFrom(graph).map(({ id, layers }) => [id, layers.length])).toEqual([
    ["encoder", 2],
    ["fc", 1],
  ]);
});

test("closed stages hide their layers, and a search opens what it finds", () => {
  const stages = stagesFrom(YOLO);
  const shown = (closed: readonly string[], query: string) => rowsOf(stages, new Set(closed), query).map((row) => (row.kind === "stage" ? row.stage.id : row.layer.kind));
  expect(shown(["backbone.2", "neck"], "")).toEqual(["input", "Input", "backbone.1", "Conv", "backbone.2", "neck", "head", "Detect"]);
  expect(shown(["neck"], "upsam")).toEqual(["neck", "Upsample"]);
  expect(shown([], "head")).toEqual(["head", "Detect"]);
  expect(shown([], "nothing")).toEqual([]);
});
