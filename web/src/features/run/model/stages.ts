import type { Graph, GraphNode } from "../../../items/content";

/** A layer with what feeds it. */
export interface Layer extends GraphNode {
  readonly sources: readonly string[];
}

/** Layers that belong together, or stages of such. */
export interface Stage {
  readonly id: string;
  readonly layers: readonly Layer[];
  readonly parameters: number;
  /** How many of the parameters are not trained. */
  readonly frozen: number;
}

const NUMBER = /^\d+$/;
const JOINS = new Set(["Upsample", "ConvTranspose2d"]); // with it the neck of a detector begins

function layersOf({ nodes, edges }: Graph): readonly Layer[] {
  const sources = new Map<string, string[]>();
  for (const [from, to] of edges) sources.set(to, [...(sources.get(to) ?? []), from]);
  return nodes.map((node) => ({ ...node, sources: sources.get(node.id) ?? [] }));
}

const sideOf = ({ shape }: GraphNode) => (shape.length === 3 ? (shape[1] ?? 0) : 0);

/** The stage of each layer of a numbered chain: a stage of the backbone begins where the resolution is halved. */
function chainStages(layers: readonly Layer[]): readonly string[] {
  const neck = layers.findIndex(({ kind }) => JOINS.has(kind));
  let [stage, side] = [0, Infinity];
  return layers.map((layer, at) => {
    if (!NUMBER.test(layer.id)) return "input";
    if (at === layers.length - 1) return "head";
    if (neck >= 0 && at >= neck) return "neck";
    if (stage === 0 || (sideOf(layer) > 0 && sideOf(layer) < side)) stage += 1;
    side = sideOf(layer) || side;
    return `backbone.${stage}`;
  });
}

function stageNames(layers: readonly Layer[]): readonly string[] {
  const isChain = layers.filter(({ id }) => NUMBER.test(id)).length >= layers.length - 1 && layers.length > 1;
  if (isChain) return chainStages(layers);
  return layers.map(({ id }) => id.split(".")[0] ?? id);
}

const sum = (layers: readonly Layer[]) => layers.reduce((total, { parameters }) => total + parameters, 0);

/** A model as stages of layers, in the order in which pictures run through it. */
export function stagesFrom(graph: Graph): readonly Stage[] {
  const layers = layersOf(graph);
  const names = stageNames(layers);
  const found = new Map<string, Layer[]>();
  layers.forEach((layer, at) => {
    const name = names[at] ?? "";
    const members = found.get(name);
    if (members) members.push(layer);
    else found.set(name, [layer]);
  });
  return [...found].map(([id, members]) => ({ id, layers: members, parameters: sum(members), frozen: sum(members.filter(({ frozen }) => frozen)) }));
}

export type TreeRow = { readonly kind: "stage"; readonly stage: Stage; readonly isOpen: boolean } | { readonly kind: "layer"; readonly layer: Layer };

/** What of the tree is shown: open stages with their layers; while something is searched, only what matches, in its stages. */
export function rowsOf(stages: readonly Stage[], closed: ReadonlySet<string>, query: string): readonly TreeRow[] {
  const wanted = query.trim().toLowerCase();
  const matches = ({ id, kind }: Layer) => id.toLowerCase() === wanted || kind.toLowerCase().includes(wanted) || (wanted.length > 1 && id.toLowerCase().includes(wanted));
  return stages.flatMap((stage): TreeRow[] => {
    const isHit = wanted !== "" && stage.id.toLowerCase().includes(wanted);
    const layers = wanted === "" || isHit ? stage.layers : stage.layers.filter(matches);
    if (layers.length === 0) return [];
    const isOpen = wanted !== "" || !closed.has(stage.id);
    return [{ kind: "stage", stage, isOpen }, ...(isOpen ? layers.map((layer): TreeRow => ({ kind: "layer", layer })) : [])];
  });
}
