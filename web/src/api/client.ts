import { takeEarly } from "./early";
import type { components, paths } from "./schema.gen";

export type RunSummary = components["schemas"]["TableRow"];
export type RunPage = components["schemas"]["RunPage"];
export type RunDetail = components["schemas"]["RunDetail"];
export type RunState = RunSummary["state"];
export type SeriesInfo = components["schemas"]["SeriesInfo"];
export type SharedSeriesInfo = components["schemas"]["SharedSeries"];
export type ProjectPage = components["schemas"]["ProjectPage"];
export type Session = components["schemas"]["Session"];
export type ImportedRun = components["schemas"]["ImportedRun"];
export type ConsoleLine = components["schemas"]["ConsoleLine"];
export type ConsolePage = components["schemas"]["ConsolePage"];
export type MachineRow = components["schemas"]["MachineRow"];
export type CardRow = components["schemas"]["CardRow"];
export type RunOnMachine = components["schemas"]["RunOnMachine"];
export type Waiting = components["schemas"]["Waiting"];
export type MachineHistory = components["schemas"]["MachineHistory"];
export type CardHistory = components["schemas"]["CardHistory"];
export type StackAsked = components["schemas"]["StackAsked"];
export type SavedView = components["schemas"]["View"];
export type MediaName = components["schemas"]["MediaName"];
export type MediaItem = components["schemas"]["MediaItem"];
export type Projection = components["schemas"]["Projection"];
export type Histogram = components["schemas"]["Histogram"];
export type Curve = components["schemas"]["Curve"];
export type Matrix = components["schemas"]["Matrix"];
export type Table = components["schemas"]["Table"];
export type RunFindings = components["schemas"]["RunFindings"];
export type Finding = components["schemas"]["Finding"];
export type Happened = components["schemas"]["Happened"];
export type Answer = components["schemas"]["Answer"];
export type Measure = components["schemas"]["Measure"];
export type MeasureEvent = components["schemas"]["MeasureEvent"];
export type ProjectMeasures = components["schemas"]["ProjectMeasures"];
export type RunMeasures = components["schemas"]["RunMeasures"];
export type Action = components["schemas"]["Action"];
export type Command = components["schemas"]["Command"];
export type CommandPage = components["schemas"]["Commands"];
type ImportAnswer = components["schemas"]["ImportAnswer"];
type Problem = components["schemas"]["Problem"];

type BodyOfGet<P extends keyof paths> = paths[P] extends {
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

/** Characters of a text field, counted from 1 as the server counts them: by code points. */
interface ProblemPlace {
  readonly column: number;
  readonly length: number;
}

function placeOf({ column, length }: Partial<Problem>): ProblemPlace | null {
  return typeof column === "number" ? { column, length: length ?? 1 } : null;
}

/** A failed request with what the server said about it (RFC 9457); `type` decides, texts are for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly fix: string | null;
  /** The parameter that is at fault, where in it the fault lies, and what may be meant there. */
  readonly field: string | null;
  readonly place: ProblemPlace | null;
  readonly suggestions: readonly string[];
  /** Why a command was refused, in one word. */
  readonly reason: string | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.type = problem.type ?? "about:blank";
    this.fix = problem.fix ?? null;
    this.field = problem.field ?? null;
    this.place = placeOf(problem);
    this.suggestions = problem.suggestions ?? [];
    this.reason = problem.reason ?? null;
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

export async function getJson<P extends keyof paths>(path: P, ask: Ask = {}): Promise<BodyOfGet<P>> {
  const url = urlOf(path, ask);
  const response = (await takeEarly(url)) ?? (await send(url, { headers: { accept: "application/json" }, signal: ask.signal ?? null }));
  const body: BodyOfGet<P> = await response.json();
  return body;
}

const COLUMNS_TYPE = "application/vnd.yoloscope.columns";

/** The bytes of a columns answer, for `series/decode`. */
export async function getColumns(ask: Ask): Promise<ArrayBuffer> {
  const response = await send(urlOf("/api/v1/series", ask), { headers: { accept: COLUMNS_TYPE }, signal: ask.signal ?? null });
  return response.arrayBuffer();
}

/** What a part of an item holds; the address names its digest, so that it is always the same. */
export async function getPart<T>(url: string, signal: AbortSignal): Promise<T> {
  const response = await send(url, { signal });
  const body: T = await response.json();
  return body;
}

export async function getPartText(url: string, signal: AbortSignal): Promise<string> {
  const response = await send(url, { signal });
  return response.text();
}

type Method = "post" | "put" | "patch" | "delete";
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type BodyOf<O> = O extends { requestBody: { content: { "application/json": infer Body } } } ? Body : undefined;
type ResultOf<O> = O extends { responses: { 200: { content: { "application/json": infer Body } } } }
  ? Body
  : O extends { responses: { 201: { content: { "application/json": infer Body } } } }
    ? Body
    : null;

/** Changes something on the server and gives back what it answers; null where it answers nothing. */
export async function sendJson<M extends Method, P extends keyof paths>(
  method: M,
  path: P,
  { body, ...ask }: Ask & { readonly body?: BodyOf<Operation<P, M>> },
): Promise<ResultOf<Operation<P, M>>> {
  const sent = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await send(urlOf(path, ask), { method: method.toUpperCase(), ...sent });
  const answer: ResultOf<Operation<P, M>> = response.status === 204 ? null : await response.json();
  return answer;
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

/** What a training is asked for; the same again under the same id happens once. */
export interface Wish {
  readonly id: string;
  readonly verb: Command["verb"];
  readonly args: Readonly<Record<string, unknown>>;
  /** The rule whose finding it answers: its effect is measured. */
  readonly cause?: string;
}

export async function postCommand(run: string, wish: Wish): Promise<Command> {
  const response = await send(urlOf("/api/v1/runs/{run_id}/commands", { path: { run_id: run } }), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wish),
  });
  const body: Command = await response.json();
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
