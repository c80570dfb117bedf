/** How well a text answers what was typed: null where a word is missing, else more for what stands nearer to a beginning. */
export function scoreOf(text: string, typed: string): number | null {
  const lower = text.toLowerCase();
  const words = wordsOf(typed);
  let sum = 0;
  for (const word of words) {
    const score = scoreOfWord(lower, word);
    if (score === null) return null;
    sum += score;
  }
  return words.length === 0 ? 0 : sum / words.length - Math.min(lower.length, 400) / 1000; // of equals the shorter one
}

export function wordsOf(typed: string): string[] {
  return typed.toLowerCase().split(/\s+/).filter((word) => word !== "");
}

const WORD_START = /[\s/_.\-:(（]/;

function scoreOfWord(text: string, word: string): number | null {
  const at = text.indexOf(word);
  if (at === 0) return 4;
  if (at > 0) return startsWord(text, word) ? 3 : 2;
  return isScattered(text, word) ? 1 : null;
}

function startsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (WORD_START.test(text[at - 1] ?? "")) return true;
  }
  return false;
}

function isScattered(text: string, word: string): boolean {
  let at = -1;
  return [...word].every((sign) => (at = text.indexOf(sign, at + 1)) >= 0);
}

/** Scattered letters score less: they find what is looked for by name, and too much among a few known words. */
export const WHOLE_WORDS = 1.5;
export const ANY_LETTERS = 0;

/** What answers at least so well, the best first; what answers equally well stays in its order. */
export function ranked<T>(items: readonly T[], ask: { typed: string; atLeast: number }, textOf: (item: T) => string): T[] {
  return items
    .flatMap((item) => {
      const score = scoreOf(textOf(item), ask.typed);
      return score === null || score < ask.atLeast ? [] : [{ item, score }];
    })
    .toSorted((one, other) => other.score - one.score)
    .map(({ item }) => item);
}

const SPECIAL = /[\\^$.|?*+()[\]{}]/g;
const escaped = (text: string) => text.replace(SPECIAL, "\\$&");
const literal = (pattern: string) => `"${pattern.replace(/["\\]/g, "\\$&")}"`;

function filterOf(typed: string, patternOf: (word: string) => string): string {
  return wordsOf(typed)
    .map((word) => `name matches ${literal(`(?i)${patternOf(word)}`)}`)
    .join(" and ");
}

/** The filter that finds runs whose names hold each word. */
export function filterOfWords(typed: string): string {
  return filterOf(typed, escaped);
}

/** The filter that finds runs whose names hold the letters of each word in their order. */
export function filterOfLetters(typed: string): string {
  return filterOf(typed, (word) => [...word].map(escaped).join(".*"));
}
