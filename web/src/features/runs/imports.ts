import { ApiError, type ImportedRun } from "../../api/client";

/** Why a file was not imported, as far as this page has words for it; `detail` is what the server says of any other. */
export const FAULTS = ["truncated", "corrupt", "version", "exists", "full", "policy", "connection", "unauthorized", "unreadable"] as const;
export type Fault = (typeof FAULTS)[number];

interface Phases {
  waiting: object;
  sending: { readonly share: number };
  storing: object;
  done: { readonly runs: readonly ImportedRun[] };
  failed: { readonly fault: Fault | null; readonly detail: string };
}
export type Upload = {
  [P in keyof Phases]: { readonly id: number; readonly name: string; readonly phase: P } & Phases[P];
}[keyof Phases];

export type Step =
  | { readonly type: "added"; readonly id: number; readonly name: string }
  | { readonly type: "sent"; readonly id: number; readonly share: number }
  | { readonly type: "done"; readonly id: number; readonly runs: readonly ImportedRun[] }
  | { readonly type: "failed"; readonly id: number; readonly fault: Fault | null; readonly detail: string }
  | { readonly type: "dismissed"; readonly id: number };

function after(upload: Upload, step: Exclude<Step, { type: "added" | "dismissed" }>): Upload {
  const { id, name } = upload;
  if (step.type === "done") return { id, name, phase: "done", runs: step.runs };
  if (step.type === "failed") return { id, name, phase: "failed", fault: step.fault, detail: step.detail };
  if (upload.phase === "done" || upload.phase === "failed") return upload;
  return step.share < 1 ? { id, name, phase: "sending", share: step.share } : { id, name, phase: "storing" };
}

export function reduce(uploads: readonly Upload[], step: Step): readonly Upload[] {
  if (step.type === "added") return [...uploads, { id: step.id, name: step.name, phase: "waiting" }];
  if (step.type === "dismissed") return uploads.filter(({ id }) => id !== step.id);
  return uploads.map((upload) => (upload.id === step.id ? after(upload, step) : upload));
}

export const isOver = ({ phase }: Upload) => phase === "done" || phase === "failed";

const PROBLEMS: Readonly<Record<string, Fault>> = {
  "recording-truncated": "truncated",
  "recording-corrupt": "corrupt",
  "recording-version": "version",
  "run-exists": "exists",
  "store-full": "full",
  policy: "policy",
  unauthorized: "unauthorized",
};

export function faultOf(error: unknown): { fault: Fault | null; detail: string } {
  if (!(error instanceof ApiError)) return { fault: "unreadable", detail: "" };
  if (error.status === 0) return { fault: "connection", detail: "" };
  return { fault: PROBLEMS[error.type.split(":").at(-1) ?? ""] ?? null, detail: error.message };
}

const MAGIC = [0x89, 0x59, 0x53, 0x52, 0x45, 0x43];

/** Whether a file begins as a recording does, so that a film dropped by mistake is not sent. */
export async function looksLikeRecording(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, MAGIC.length).arrayBuffer());
  return start.every((byte, at) => byte === MAGIC[at]); // one cut within its first bytes is told by the server
}

/** The run to open at once: the only one of an only file. */
export function runToOpen(files: number, runs: readonly ImportedRun[]): string | null {
  return files === 1 && runs.length === 1 ? (runs[0]?.run ?? null) : null;
}
