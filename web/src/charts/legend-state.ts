/** The hidden lines after a click: one is hidden or shown; isolating shows it alone, or all again when it was alone. */
export function toggled(hidden: ReadonlySet<string>, names: readonly string[], name: string, isolate: boolean): Set<string> {
  if (isolate) {
    const others = names.filter((one) => one !== name);
    const wasAlone = !hidden.has(name) && others.every((one) => hidden.has(one));
    return new Set(wasAlone ? [] : others);
  }
  const next = new Set(hidden);
  if (!next.delete(name)) next.add(name);
  return next;
}
