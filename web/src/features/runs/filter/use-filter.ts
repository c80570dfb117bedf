import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { RunsSearch } from "../search";
import { looksWhole } from "./clauses";
import { matchesQuery } from "./queries";

const PREVIEW_MS = 350;

export interface FilterBarProps {
  /** The filter in use. */
  readonly where: string | undefined;
  readonly project: string | undefined;
  readonly archived: RunsSearch["archived"];
  /** How many runs it finds; null while that is not known. */
  readonly total: number | null;
  readonly onChange: (where: string | undefined) => void;
}

/** What is typed beside what is in use: a filter comes into use when the server has nothing against it. */
export function useFilter({ where, project, archived, onChange }: Omit<FilterBarProps, "total">) {
  const client = useQueryClient();
  const applied = where ?? "";
  const matches = (text: string) => matchesQuery({ project, archived, where: text });
  const [typed, setTyped] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [seen, setSeen] = useState(applied);
  const [sent, setSent] = useState<string | null>(null);
  const asked = useRef(0);
  if (seen !== applied) {
    setSeen(applied);
    setSent(null);
    if (applied !== sent || typed?.trim() === applied) setTyped(null); // what was typed on since Enter stays
  }

  const text = typed ?? applied;
  const pending = text.trim() !== applied.trim();
  const [settled] = useDebouncedValue(text.trim(), PREVIEW_MS);
  const wanted = pending ? settled : applied.trim();
  const { data, error } = useQuery({ ...matches(wanted), enabled: wanted !== "" && (!pending || wanted === refused || looksWhole(wanted)) });
  const isCurrent = wanted === text.trim();

  function edit(next: string): void {
    asked.current += 1; // an answer to what stood there before has come too late
    setTyped(next);
  }
  async function apply(next: string): Promise<void> {
    edit(next);
    const ask = asked.current;
    const trimmed = next.trim();
    if (trimmed === applied.trim()) return setTyped(null);
    const isGood = trimmed === "" || (await client.fetchQuery(matches(trimmed)).then(() => true, () => false));
    if (ask !== asked.current) return;
    setRefused(isGood ? null : trimmed);
    if (!isGood) return;
    setSent(trimmed);
    onChange(trimmed === "" ? undefined : trimmed);
  }

  /** The field is left: what is new is applied, what was refused stands as it is. */
  function leave(): void {
    if (text.trim() !== refused) void apply(text);
  }

  return {
    text,
    pending,
    preview: pending && isCurrent ? data : undefined,
    fault: error && isCurrent && (!pending || refused === text.trim()) ? error : null,
    edit,
    apply,
    leave,
    reset: () => edit(applied),
  };
}

export type Filter = ReturnType<typeof useFilter>;
