/** The beginning and the end of a long name: names of runs differ at their ends. */
export function shortened(name: string, most: number): string {
  const characters = [...name];
  if (characters.length <= most) return name;
  const tail = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - tail).join("")}…${characters.slice(-tail).join("")}`;
}

const PLAIN = /^([−-]?[\d.,\s]*\d)(%?)$/u;
const FIGURE_SPACE = "\u2007";
const POINT_SPACE = "\u2008";

/** Numbers of a right-aligned column with their decimal points under one another, by spaces as wide as digits. */
export function aligned(texts: readonly string[], decimalPoint = "."): string[] {
  const decimals = texts.map((text) => {
    const plain = PLAIN.exec(text)?.[1];
    if (plain === undefined) return null;
    return plain.includes(decimalPoint) ? plain.length - plain.lastIndexOf(decimalPoint) - 1 : 0;
  });
  const most = Math.max(0, ...decimals.map((count) => count ?? 0));
  return texts.map((text, at) => {
    const own = decimals[at] ?? null;
    if (own === null || own === most) return text;
    return text + (own === 0 ? POINT_SPACE : "") + FIGURE_SPACE.repeat(most - own);
  });
}
