import { expect, test } from "vitest";
import { EMPTY_LAYOUT, type ChartLayout } from "../../panels/layout";
import { matcherOf } from "../../panels/matcher";
import { alone, type ChartPlan } from "../../panels/plan";
import { arranged } from "./arrange";
import type { SectionPlan } from "./derive";

const chart = (name: string) => alone({ name, family: "loss", unit: "", title: { en: `Title of ${name}`, zh: name } });
const SECTIONS: SectionPlan[] = [
  { id: "loss", charts: [chart("box"), chart("cls"), chart("dfl")] },
  { id: "lr", charts: [chart("lr")] },
];
const titleOf = ({ title }: Pick<ChartPlan, "title">) => (title.kind === "text" ? title.text.en : "");

function keysOf(layout: Partial<ChartLayout>, find = "") {
  const made = arranged(SECTIONS, { ...EMPTY_LAYOUT, ...layout }, { matcher: matcherOf(find), titleOf });
  return made.sections.map(({ id, charts, hidden }) => [id, charts.map(({ key }) => key), hidden]);
}

test("untouched, sections are as the plan has them", () => {
  expect(keysOf({})).toEqual([
    ["pinned", [], []],
    ["loss", ["box", "cls", "dfl"], []],
    ["lr", ["lr"], []],
  ]);
});

test("pins stand first in their own order, hidden charts are counted, an order holds", () => {
  expect(keysOf({ pinned: ["lr", "box", "of another run"], hidden: ["cls"], order: { loss: ["dfl", "cls"] } })).toEqual([
    ["pinned", ["lr", "box"], []],
    ["loss", ["dfl"], ["cls"]],
    ["lr", [], []],
  ]);
});

test("a search finds by title and name, hidden charts too", () => {
  expect(keysOf({ hidden: ["cls"] }, "cls")).toEqual([
    ["pinned", [], []],
    ["loss", ["cls"], []],
    ["lr", [], []],
  ]);
  const { found, total } = arranged(SECTIONS, EMPTY_LAYOUT, { matcher: matcherOf("title of (box|dfl)"), titleOf });
  expect([found, total]).toEqual([2, 4]);
});
