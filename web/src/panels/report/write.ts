import { CHART_COLORS, figureOf } from "./figure";
import { element, escaped, joined, trusted, type Markup } from "./markup";
import type { Block, Cell, Fact, Report } from "./report";
import { STYLE } from "./style";

const HTML_LANG = { en: "en", zh: "zh-CN" } as const;

/** Nothing may be fetched and nothing may run, even if a mistake here let it in. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const PICTURE = /^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+$/;
const ADDRESS = /^https?:\/\//;

const text = (said: string) => ({ text: said });

/** A link to a page of a server; anything else stays text. */
function linked(said: string, link: string | undefined): Markup {
  return link !== undefined && ADDRESS.test(link) ? element("a", { href: link }, text(said)) : escaped(said);
}

const swatch = (color: number) => element("i", { class: "swatch", style: `--swatch:var(--c${Math.trunc(color) % 20})` });

function cell({ text: said, isBest, color, link }: Cell, tag: "td" | "th"): Markup {
  const content = linked(said, link);
  const marked = isBest ? element("b", {}, content) : content;
  return element(tag, tag === "th" ? { scope: "row" } : {}, ...(color === undefined ? [] : [swatch(color)]), marked);
}

const facts = (all: readonly Fact[]) => joined(all.map(({ label, value }) => element("div", {}, element("dt", {}, text(label)), element("dd", {}, text(value)))));

function table({ head, rows, isText }: Extract<Block, { kind: "table" }>): Markup {
  const heads = element("tr", {}, ...head.map((said) => element("th", { scope: "col" }, text(said))));
  const lines = rows.map((cells) => element("tr", {}, ...cells.map((one, at) => cell(one, at === 0 ? "th" : "td"))));
  return element("div", { class: "scroll" }, element("table", { class: isText ? "texts" : undefined }, element("thead", {}, heads), element("tbody", {}, ...lines)));
}

function matrix({ corner, columns, rows }: Extract<Block, { kind: "matrix" }>): Markup {
  const heads = element("tr", {}, element("th", { scope: "col" }, text(corner)), ...columns.map((said) => element("th", { scope: "col" }, text(said))));
  const lines = rows.map(({ label, cells }) => {
    const drawn = cells.map(({ text: said, share }) => element("td", { style: `--share:${Math.round(Math.min(1, Math.max(0, share)) * 100)}%` }, text(said)));
    return element("tr", {}, element("th", { scope: "row" }, text(label)), ...drawn);
  });
  return element("div", { class: "scroll" }, element("table", { class: "matrix" }, element("thead", {}, heads), element("tbody", {}, ...lines)));
}

const heading = (title: string) => element("h2", {}, text(title));
const small = (note: string | undefined) => (note === undefined || note === "" ? [] : [element("p", { class: "aside" }, text(note))]);

function block(one: Block, at: number): Markup {
  switch (one.kind) {
    case "facts":
      return element("dl", { class: "facts" }, facts(one.facts));
    case "note":
      return element("section", {}, heading(one.title), element("p", { class: "note" }, text(one.text)));
    case "charts":
      return element("section", {}, heading(one.title), element("div", { class: "charts" }, ...one.svgs.map((svg, place) => element("figure", {}, figureOf(svg, `plot-${at}-${place}`)))));
    case "table":
      return element("section", {}, heading(one.title), ...small(one.note), table(one));
    case "matrix":
      return element("section", {}, heading(one.title), ...small(one.note), matrix(one));
    case "settings": {
      const list = element("dl", { class: "settings" }, facts(one.facts));
      if (!one.isFolded) return element("section", {}, heading(one.title), list);
      return element("section", {}, element("details", {}, element("summary", {}, heading(one.title)), list));
    }
    case "pictures": {
      const shown = one.pictures.filter(({ data }) => PICTURE.test(data));
      const figures = shown.map(({ name, data }) => element("figure", {}, element("img", { src: data, alt: name }), element("figcaption", {}, text(name))));
      return element("section", {}, heading(one.title), element("div", { class: "pictures" }, ...figures));
    }
  }
}

/** The report as one file that needs no network and runs nothing. */
export function reportHtml({ language, title, kind, made, link, blocks }: Report): string {
  const head = [
    trusted('<meta charset="utf-8">'),
    trusted(`<meta http-equiv="Content-Security-Policy" content="${POLICY}">`),
    trusted('<meta name="viewport" content="width=device-width, initial-scale=1">'),
    trusted('<meta name="color-scheme" content="light dark">'),
    element("title", {}, text(`${title} · yoloscope`)),
    trusted(`<style>${CHART_COLORS}${STYLE}</style>`),
  ];
  const header = element("header", {}, element("p", { class: "kind" }, text(kind)), element("h1", {}, text(title)), element("p", { class: "aside" }, text(made), trusted("<br>"), linked(link, link)));
  const body = element("main", {}, header, ...blocks.map(block));
  return `<!doctype html>\n${element("html", { lang: HTML_LANG[language] }, element("head", {}, ...head), element("body", {}, body))}\n`;
}
