import type { MediaName } from "../../../api/client";
import { isFile } from "../items-there";

export type FileKind = "table" | "text" | "figure" | "artifact" | "matrix" | "curve" | "histogram";

/** One name of which the tab shows something. */
export interface FileEntry {
  /** As the address has it. */
  readonly id: string;
  readonly kind: FileKind;
  readonly name: string;
}

export const FILE_KINDS: readonly FileKind[] = ["table", "text", "figure", "artifact", "matrix", "curve", "histogram"];

/** What of a run the tab shows, by kind, in order of arrival. */
export function entriesFrom(names: readonly Pick<MediaName, "kind" | "name">[]): readonly FileEntry[] {
  return FILE_KINDS.flatMap((kind) => names.filter((one) => one.kind === kind && isFile(one)).map(({ name }) => ({ id: `${kind}:${name}`, kind, name })));
}

export function found(entries: readonly FileEntry[], query: string): readonly FileEntry[] {
  const wanted = query.trim().toLowerCase();
  return entries.filter(({ name }) => name.toLowerCase().includes(wanted));
}
