import { useCallback, useEffect, useReducer, useRef } from "react";
import { getRouteApi } from "@tanstack/react-router";
import { postRecording } from "../../api/client";
import { faultOf, looksLikeRecording, reduce, runToOpen, type Step, type Upload } from "./imports";

const route = getRouteApi("/");
const NONE: readonly Upload[] = [];

export interface Imports {
  readonly uploads: readonly Upload[];
  readonly start: (files: readonly File[]) => void;
  readonly dismiss: (id: number) => void;
}

async function brought(id: number, file: File, tell: (step: Step) => void): Promise<Step> {
  try {
    if (!(await looksLikeRecording(file))) return { type: "failed", id, fault: "corrupt", detail: "" };
    const runs = await postRecording(file, (share) => tell({ type: "sent", id, share }));
    return { type: "done", id, runs };
  } catch (error) {
    return { type: "failed", id, ...faultOf(error) };
  }
}

/** Imports files one after the other; an only run is opened when it is there, unless the page was left. */
export function useImports(): Imports {
  const navigate = route.useNavigate();
  const [uploads, tell] = useReducer(reduce, NONE);
  const next = useRef(0);
  const here = useRef(true);
  const queue = useRef(Promise.resolve());
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);

  const start = useCallback(
    (files: readonly File[]) => {
      for (const file of files) {
        const id = (next.current += 1);
        tell({ type: "added", id, name: file.name });
        queue.current = queue.current.then(async () => {
          const step = await brought(id, file, tell);
          tell(step);
          const run = step.type === "done" ? runToOpen(files.length, step.runs) : null;
          if (run !== null && here.current) await navigate({ to: "/runs/$runId", params: { runId: run } });
        });
      }
    },
    [navigate],
  );
  const dismiss = useCallback((id: number) => tell({ type: "dismissed", id }), []);
  return { uploads, start, dismiss };
}
