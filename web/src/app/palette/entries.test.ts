import { expect, test } from "vitest";
import { entryOfCommand, sectionsBeforeTyping, sectionsFor, type Entry } from "./entries";

const page = (title: string): Entry => ({ id: `page:${title}`, kind: "page", title, href: `/${title}` });
const run = (title: string): Entry => ({ id: `run:${title}`, kind: "run", title, href: `/runs/${title}` });
const dark = entryOfCommand({ id: "dark", title: "Dark colours", run: () => undefined });
const shape = (sections: ReturnType<typeof sectionsFor>) => sections.map(({ kind, entries }) => [kind, entries.map(({ title }) => title)]);

test("before typing, what was chosen lately stands first and only once", () => {
  const recent = [
    { id: "run:old", kind: "run", title: "old", href: "/runs/old" },
    { id: "page:machines", kind: "page", title: "as it was called", href: "/machines" },
    { id: "command:axis", kind: "command", title: "of another page" },
  ];
  expect(shape(sectionsBeforeTyping(recent, [dark, page("runs"), page("machines")]))).toEqual([
    ["recent", ["old", "machines"]],
    ["page", ["runs"]],
    ["command", ["Dark colours"]],
  ]);
});

test("typed words find commands, pages and then runs", () => {
  expect(shape(sectionsFor("ma", [dark, page("machines"), page("runs")], [run("mask"), run("yolo-mAP")]))).toEqual([
    ["page", ["machines"]],
    ["run", ["mask", "yolo-mAP"]],
  ]);
});
