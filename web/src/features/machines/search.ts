/** What the address holds: in which order machines and cards stand. */
export interface MachinesSearch {
  readonly sort?: "free";
}

export function parseMachinesSearch(raw: Record<string, unknown>): MachinesSearch {
  return raw.sort === "free" ? { sort: raw.sort } : {};
}
