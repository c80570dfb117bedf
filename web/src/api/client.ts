import type { components, paths } from "./schema.gen";

export type RunSummary = components["schemas"]["TableRow"];
export type RunPage = components["schemas"]["RunPage"];
export type RunDetail = components["schemas"]["RunDetail"];
export type RunState = RunSummary["state"];
export type SeriesInfo = components["schemas"]["SeriesInfo"];
export type ProjectPage = components["schemas"]["ProjectPage"];
export type Session = components["schemas"]["Session"];
export type ImportedRun = components["schemas"]["ImportedRun"];
export type ConsoleLine = components["schemas"]["ConsoleLine"];
export type ConsolePage = components["schemas"]["ConsolePage"];
export type MachineRow = components["schemas"]["MachineRow"];
export type CardRow = components["schemas"]["CardRow"];
export type RunOnMachine = components["schemas"]["RunOnMachine"];
export type MachineHistory = components["schemas"]["MachineHistory"];
export type CardHistory = components["schemas"]["CardHistory"];
export type StackAsked = components["schemas"]["StackAsked"];
export type MediaName = components["schemas"]["MediaName"];
export type MediaItem = components["schemas"]["MediaItem"];
export type Histogram = components["schemas"]["Histogram"];
export type Curve = components["schemas"]["Curve"];
export type Matrix = components["schemas"]["Matrix"];
export type Table = components["schemas"]["Table"];
type ImportAnswer = components["schemas"]["ImportAnswer"];
type Problem = components["schemas"]["Problem"];

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

type QueryValue = string | number | readonly string[] | undefined;

export interface Ask {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly signal?: AbortSignal;
}

/** A failed request with what the server said about it (RFC 9457); `type` decides, texts are for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly fix: string | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.type = problem.type ?? "about:blank";
    this.fix = problem.fix ?? null;
  }
}

async function problemOf(response: Response): Promise<Partial<Problem>> {
  if (!(response.headers.get("content-type") ?? "").includes("json")) return {};
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  return problem;
}

export function urlOf(template: string, ask: Ask): string {
  const path = template.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(ask.path?.[key] ?? ""));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(ask.query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(key, String(one));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { credentials: "same-origin", ...init });
  if (!response.ok) throw new ApiError(response.status, await problemOf(response));
  return response;
}

export async function getJson<P extends keyof paths>(path: P, ask: Ask = {}): Promise<Answer<P>> {
  const response = await send(urlOf(path, ask), { headers: { accept: "application/json" }, signal: ask.signal ?? null });
  const body: Answer<P> = await response.json();
  return body;
}

const COLUMNS_TYPE = "application/vnd.yoloscope.columns";

/** The bytes of a columns answer, for `series/decode`. */
export async function getColumns(ask: Ask): Promise<ArrayBuffer> {
  const response = await send(urlOf("/api/v1/series", ask), { headers: { accept: COLUMNS_TYPE }, signal: ask.signal ?? null });
  return response.arrayBuffer();
}

export async function postToken(token: string): Promise<void> {
  await send("/api/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
}

/** Asks a training for its stack; it comes with the run. */
export async function postStack(run: string): Promise<StackAsked> {
  const response = await send(urlOf("/api/v1/runs/{run_id}/stack", { path: { run_id: run } }), { method: "POST" });
  const body: StackAsked = await response.json();
  return body;
}

const RECORDING_TYPE = "application/vnd.yoloscope.recording";

function parsed<T>(text: string): Partial<T> {
  try {
    const body: Partial<T> = JSON.parse(text);
    return body;
  } catch {
    return {};
  }
}

/** Sends a recording; `onSent` hears the share that has left. `fetch` cannot tell how far an upload is. */
export function postRecording(file: File, onSent: (share: number) => void): Promise<readonly ImportedRun[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total > 0 ? loaded / total : 1));
    request.upload.addEventListener("load", () => onSent(1));
    request.addEventListener("error", () => reject(new ApiError(0, {})));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(parsed<ImportAnswer>(request.responseText).items ?? []);
      else reject(new ApiError(request.status, parsed<Problem>(request.responseText)));
    });
    request.open("POST", "/api/v1/recordings");
    request.setRequestHeader("content-type", RECORDING_TYPE);
    request.send(file);
  });
}
