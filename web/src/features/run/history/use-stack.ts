import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { postStack } from "../../../api/client";

export type Asking =
  | { readonly kind: "idle" | "waiting" | "silent" }
  | { readonly kind: "failed"; readonly message: string };

/** Asking for a stack: it comes with the run's data, newer than the one that was there. */
export function useStack(run: string, newestMs: number | null): { asking: Asking; ask: () => void } {
  const [since, setSince] = useState<{ newestMs: number | null; isLate: boolean } | null>(null);
  const { mutate, error, isPending, data } = useMutation({ mutationFn: () => postStack(run) });
  const isOpen = since !== null && since.newestMs === newestMs;
  const lifetime = data?.expires_s;
  useEffect(() => {
    if (!isOpen || lifetime === undefined) return undefined;
    const timer = setTimeout(() => setSince((now) => (now ? { ...now, isLate: true } : null)), lifetime * 1000);
    return () => clearTimeout(timer);
  }, [isOpen, lifetime]);
  function ask(): void {
    setSince({ newestMs, isLate: false });
    mutate();
  }
  if (error) return { asking: { kind: "failed", message: error.message }, ask };
  if (!isOpen) return { asking: { kind: "idle" }, ask };
  return { asking: { kind: since.isLate && !isPending ? "silent" : "waiting" }, ask };
}
