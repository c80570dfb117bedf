import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { findingsQuery } from "../../../acts/causes";
import type { Answer, Finding, RunDetail } from "../../../api/client";
import { allOf, sortedFindings } from "./sorted";

export interface Known {
  readonly answer: Answer | null;
  /** The causes that are to be looked at first. */
  readonly foremost: readonly Finding[];
  /** Everything open that nobody dismissed, notes as well. */
  readonly open: readonly Finding[];
}

const NOTHING: Known = { answer: null, foremost: [], open: [] };

/** What the diagnosis says of a run, for the parts of the page that show some of it. */
export function useFindings({ id, health }: Pick<RunDetail, "id" | "health">): Known {
  const { data } = useQuery(findingsQuery(id, health !== null));
  return useMemo(() => {
    if (!data) return NOTHING;
    const { problems, notes } = sortedFindings(data.items);
    return { answer: data.answer, foremost: problems.map(({ finding }) => finding), open: allOf([...problems, ...notes]) };
  }, [data]);
}
