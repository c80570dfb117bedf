export interface Matcher {
  /** "all" without a text; a pattern that is not complete finds nothing. */
  readonly kind: "all" | "words" | "pattern" | "broken";
  readonly matches: (texts: readonly string[]) => boolean;
}

const PATTERN_SIGNS = /[\\^$*+?[\]{}|]|\.\*|\(.*\||^\/.+\/$/;

function patternOf(text: string): RegExp | null {
  const bare = /^\/(.+)\/i?$/.exec(text)?.[1] ?? text;
  try {
    return new RegExp(bare, "iu");
  } catch {
    return null;
  }
}

/** Finds by words, each of which must occur somewhere, or by a regular expression where the text looks like one. */
export function matcherOf(text: string): Matcher {
  const plain = text.trim();
  if (plain === "") return { kind: "all", matches: () => true };
  if (PATTERN_SIGNS.test(plain)) {
    const pattern = patternOf(plain);
    if (!pattern) return { kind: "broken", matches: () => false };
    return { kind: "pattern", matches: (texts) => texts.some((one) => pattern.test(one)) };
  }
  const words = plain.toLowerCase().split(/\s+/);
  return {
    kind: "words",
    matches: (texts) => {
      const lower = texts.map((one) => one.toLowerCase());
      return words.every((word) => lower.some((one) => one.includes(word)));
    },
  };
}
