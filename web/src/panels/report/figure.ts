import { ink, lineColor, PALETTE_SIZE } from "../../charts/palette";
import { trusted, type Markup } from "./markup";

const INKS = ["axis", "split", "label", "text", "surface"] as const;

/** The variable of each colour of the light theme. */
function variables(): Map<string, string> {
  const lines = Array.from({ length: PALETTE_SIZE }, (_, at): [string, string] => [lineColor("light", at), `--c${at}`]);
  return new Map([...lines, ...INKS.map((name): [string, string] => [ink("light")[name], `--i-${name}`])]);
}

function colors(theme: "light" | "dark"): string {
  const lines = Array.from({ length: PALETTE_SIZE }, (_, at) => `--c${at}:${lineColor(theme, at)}`);
  return [...lines, ...INKS.map((name) => `--i-${name}:${ink(theme)[name]}`)].join(";");
}

/** The colours of charts for readers with a light and with a dark screen; paper is light. */
export const CHART_COLORS = `:root{${colors("light")}}@media screen and (prefers-color-scheme:dark){:root{${colors("dark")}}}`;

/** A picture as `charts/svg` writes it in the light theme, in colours that follow the reader's, as wide as there is room. */
export function figureOf(svg: string, id: string): Markup {
  const known = variables();
  const colored = svg.replace(/ (fill|stroke)="(#[0-9a-f]{6})"/gi, (whole, key: string, color: string) => {
    const variable = known.get(color.toLowerCase());
    return variable === undefined ? whole : ` ${key}="var(${variable})"`;
  });
  const apart = colored.replaceAll('id="plot"', `id="${id}"`).replaceAll('url(#plot)', `url(#${id})`); // else each would be cut as the first is
  return trusted(apart.replace(/^<svg ([^>]*?)width="[^"]*" height="[^"]*"/, "<svg $1"));
}
