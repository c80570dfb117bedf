declare const MARKUP: unique symbol;

/** Text that is markup already: made here, never what somebody typed. */
export type Markup = string & { readonly [MARKUP]: true };

const SIGNS: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const isMarkup = (text: string): text is Markup => text !== null;

/** Only for what this folder and `charts/svg` wrote themselves. */
export function trusted(text: string): Markup {
  if (!isMarkup(text)) throw new TypeError("markup is text");
  return text;
}

export const escaped = (text: string): Markup => trusted(text.replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign));

export const joined = (parts: readonly Markup[]): Markup => trusted(parts.join(""));

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element whose attributes and texts are escaped; only markup goes in as it is. */
export function element(name: string, attributes: Attributes, ...content: readonly (Markup | { readonly text: string })[]): Markup {
  const said = Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined || value === false) return [];
    return [value === true ? ` ${key}` : ` ${key}="${escaped(String(value))}"`];
  });
  const inner = content.map((part) => (typeof part === "string" ? part : escaped(part.text)));
  return trusted(`<${name}${said.join("")}>${inner.join("")}</${name}>`);
}
