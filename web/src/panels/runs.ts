import { getJson, type RunSummary } from "../api/client";

const WHERE_CHARACTERS = 3_500; // the server takes 4,000
const PAGE_ROWS = 100;

/** Parts of a list whose texts stay below a length. */
function chunked(ids: readonly string[], characters: number): string[][] {
  const parts: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const length = id.length + 4;
    if (parts.length === 0 || length > room) {
      parts.push([]);
      room = characters;
    }
    parts.at(-1)?.push(id);
    room -= length;
  }
  return parts;
}

const whereIds = (ids: readonly string[]) => `id in [${ids.map((id) => JSON.stringify(id)).join(", ")}]`;

async function rowsWhere(where: string, columns: string | undefined, signal: AbortSignal): Promise<readonly RunSummary[]> {
  return (await getJson("/api/v1/runs", { query: { limit: PAGE_ROWS, where, columns, archived: "any" }, signal })).items;
}

/** The rows of runs that are named, in that order; an archived run that somebody names is meant. */
export async function rowsOfIds(ids: readonly string[], columns: string | undefined, signal: AbortSignal): Promise<readonly RunSummary[]> {
  const pages = await Promise.all(chunked(ids, WHERE_CHARACTERS).map((part) => rowsWhere(whereIds(part), columns, signal)));
  const known = new Map(pages.flat().map((row) => [row.id, row]));
  return ids.flatMap((id) => known.get(id) ?? []);
}
