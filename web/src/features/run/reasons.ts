/** Why a run ended, as far as the reason is one of ours and not somebody's own words. */
export type Reason =
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "patience"; readonly count: number }
  | { readonly kind: "exitCode"; readonly code: number }
  | { readonly kind: "noFinish" | "memory" | "asked" };

const FIXED = new Map<string, "noFinish" | "memory" | "asked">([
  ["ended without finish", "noFinish"],
  ["killed for lack of memory", "memory"],
  ["asked to stop", "asked"],
]);

/** Null for words of others, which are shown as they are. */
export function reasonFrom(text: string): Reason | null {
  const fixed = FIXED.get(text);
  if (fixed) return { kind: fixed };
  const signal = /^killed by (SIG[A-Z0-9+-]+)$/.exec(text)?.[1];
  if (signal) return { kind: "killed", signal };
  const epochs = /^no better result in (\d+) epochs$/.exec(text)?.[1];
  if (epochs) return { kind: "patience", count: Number(epochs) };
  const code = /^exit code (\d+)$/.exec(text)?.[1];
  return code ? { kind: "exitCode", code: Number(code) } : null;
}
