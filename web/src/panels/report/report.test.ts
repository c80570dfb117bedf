// @vitest-environment happy-dom
import { expect, test } from "vitest";
import type { Columns } from "../../lib/columns";
import { pictureOf } from "../../charts/svg";
import { figureOf } from "./figure";
import type { Block, Report } from "./report";
import { reportHtml } from "./write";

const EVIL = `<img src=x onerror="alert(1)"> & '</style></title><script>alert(2)</script>`;

const made = (blocks: readonly Block[], more: Partial<Report> = {}): string =>
  reportHtml({ language: "en", title: "a", kind: "Report", made: "now", link: "https://host/runs/r1", blocks, ...more });

const pageOf = (html: string) => new DOMParser().parseFromString(html, "text/html");

const ALL: readonly Block[] = [
  { kind: "facts", facts: [{ label: EVIL, value: EVIL }] },
  { kind: "note", title: EVIL, text: EVIL },
  { kind: "table", title: EVIL, note: EVIL, head: [EVIL], rows: [[{ text: EVIL, link: "javascript:alert(1)", isBest: true }]] },
  { kind: "matrix", title: EVIL, note: EVIL, corner: EVIL, columns: [EVIL], rows: [{ label: EVIL, cells: [{ text: EVIL, share: NaN }] }] },
  { kind: "settings", title: EVIL, isFolded: true, facts: [{ label: EVIL, value: EVIL }] },
  { kind: "pictures", title: EVIL, pictures: [{ name: EVIL, data: "data:image/png;base64,AA==" }, { name: "x", data: 'https://elsewhere/a.png"' }, { name: "y", data: "data:image/svg+xml;base64,AA==" }] },
];

test("what people and trainings wrote stays text, wherever it stands", () => {
  const page = pageOf(made(ALL, { title: EVIL, kind: EVIL, made: EVIL, link: EVIL }));
  const elements = [...page.querySelectorAll("*")];
  expect(elements.filter(({ localName }) => localName === "script" || localName === "iframe" || localName === "object")).toEqual([]);
  expect(elements.flatMap((one) => one.getAttributeNames().filter((name) => name.startsWith("on")))).toEqual([]);
  expect(page.querySelector("h1")?.textContent).toBe(EVIL);
  expect(page.querySelector("dd")?.textContent).toBe(EVIL);
  expect([...page.querySelectorAll("a")]).toEqual([]);
});

test("of pictures only those that are in the file are shown", () => {
  const page = pageOf(made(ALL));
  expect([...page.querySelectorAll("img")].map((one) => [one.getAttribute("src"), one.getAttribute("alt")])).toEqual([["data:image/png;base64,AA==", EVIL]]);
});

test("a report forbids itself to run or to fetch anything", () => {
  const page = pageOf(made([]));
  expect(page.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute("content")).toMatch(/^default-src 'none'; img-src data:; style-src 'unsafe-inline'/);
  expect(page.querySelectorAll("link, script, [src]")).toHaveLength(0);
});

test("it is in the language of whom made it, and says where it is from", () => {
  const page = pageOf(made([], { language: "zh" }));
  expect([page.documentElement.getAttribute("lang"), page.querySelector("a")?.getAttribute("href")]).toEqual(["zh-CN", "https://host/runs/r1"]);
});

const column = (...values: number[]) => Float64Array.from(values);
const COLUMNS: Columns = {
  run: "r1", name: "val/box_loss", total: 2, xAxis: "epoch", x: column(1, 2), xEnd: column(1, 2), min: column(3, 2), max: column(3, 2), mean: column(3, 2),
  count: column(1, 1), nan: column(0, 0),
};

function chartOf(label: string): string {
  const line = { id: "a", name: "val/box_loss", label, color: 1, dashed: false, faint: false, unit: "", supersededOf: null, columns: COLUMNS };
  const look = { axis: "epoch", log: false, smoothing: 0, theme: "light", locale: "en", attempts: [] } as const;
  return pictureOf({ title: label, lines: [line, { ...line, id: "b", color: 2 }], look, window: null, width: 400, height: 200 }).svg;
}

test("a chart takes the colours of the reader's screen, and is cut by its own frame", () => {
  const figure = figureOf(chartOf("box"), "plot-3");
  expect(figure).toContain('stroke="var(--c1)"');
  expect(figure).toContain('fill="var(--i-surface)"');
  expect(figure).toContain('clip-path="url(#plot-3)"');
  expect(figure).not.toMatch(/(?:fill|stroke)="#|url\(#plot\)|^<svg[^>]* width=/);
});

test("the name of a run in a chart stays text", () => {
  const page = pageOf(made([{ kind: "charts", title: "c", svgs: [chartOf(EVIL)] }]));
  expect(page.querySelectorAll("img, script")).toHaveLength(0);
  expect(page.querySelector("svg text")?.textContent).toContain("<img");
});
