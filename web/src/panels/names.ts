import { shortened } from "../charts/shorten";

const SEPARATOR = /[-_/\s:=]/u; // no dot: it stands within numbers
const LEAST_SHARED = 6; // a shorter shared part costs less than the mark that it was left out
const LONGEST = 31; // what the list of runs has room for

function sharedLength(names: readonly string[], at: (name: string, index: number) => string | undefined): number {
  const [first = "", ...others] = names;
  let length = 0;
  while (length < first.length && others.every((name) => length < name.length && at(name, length) === at(first, length))) length += 1;
  return length;
}

/** Back to the last separator: a word is never cut. */
function prefixLength(names: readonly string[]): number {
  const [first = ""] = names;
  let length = sharedLength(names, (name, index) => name[index]);
  while (length > 0 && !SEPARATOR.test(first[length - 1] ?? "")) length -= 1;
  return length;
}

function suffixLength(names: readonly string[]): number {
  const [first = ""] = names;
  let length = sharedLength(names, (name, index) => name[name.length - 1 - index]);
  while (length > 0 && !SEPARATOR.test(first[first.length - length] ?? "")) length -= 1;
  return length;
}

/** Names without what all of them begin and end with, so that what tells them apart can be seen. */
export function shortNames(names: readonly string[], longest = LONGEST): string[] {
  const distinct = [...new Set(names)];
  const fit = distinct.every((name) => [...name].length <= longest);
  if (fit || distinct.length < 2) return names.map((name) => shortened(name, longest));
  const found = [prefixLength(distinct), suffixLength(distinct)] as const;
  const least = Math.min(...distinct.map((name) => name.length));
  const head = found[0] < LEAST_SHARED ? 0 : found[0];
  const tail = found[1] < LEAST_SHARED || head + found[1] >= least ? 0 : found[1];
  return names.map((name) => {
    const own = name.slice(head, name.length - tail);
    return shortened(own === "" ? name : `${head > 0 ? "…" : ""}${own}${tail > 0 ? "…" : ""}`, longest);
  });
}
