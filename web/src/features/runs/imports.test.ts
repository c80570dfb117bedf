import { expect, test } from "vitest";
import en from "../../i18n/en/runs.json";
import { ApiError, type ImportedRun } from "../../api/client";
import { FAULTS, faultOf, isOver, looksLikeRecording, reduce, runToOpen, type Step, type Upload } from "./imports";

const RUN: ImportedRun = { run: "r1", project: "p", name: "n", state: "imported", rows: 3, new_rows: 3 };
const problem = (slug: string, status: number) => faultOf(new ApiError(status, { type: `urn:yoloscope:problem:${slug}`, detail: "d" }));
const blob = (...bytes: number[]) => new Blob([new Uint8Array(bytes)]);
const told = (...steps: Step[]) => steps.reduce<readonly Upload[]>(reduce, []);
const added = (id: number): Step => ({ type: "added", id, name: `${id}.yoloscope` });

test("a file goes from waiting over sending and storing to done", () => {
  const steps: Step[] = [added(1), { type: "sent", id: 1, share: 0.5 }, { type: "sent", id: 1, share: 1 }, { type: "done", id: 1, runs: [RUN] }];
  const phases = steps.map((_, at) => told(...steps.slice(0, at + 1))[0]?.phase);
  expect(phases).toEqual(["waiting", "sending", "storing", "done"]);
});

test("files do not touch each other, and a late word of progress brings no file back", () => {
  const failed: Step = { type: "failed", id: 1, fault: "corrupt", detail: "x" };
  const uploads = told(added(1), added(2), failed, { type: "sent", id: 1, share: 0.9 }, { type: "sent", id: 2, share: 0.25 });
  expect(uploads).toEqual([
    { id: 1, name: "1.yoloscope", phase: "failed", fault: "corrupt", detail: "x" },
    { id: 2, name: "2.yoloscope", phase: "sending", share: 0.25 },
  ]);
  expect(uploads.map(isOver)).toEqual([true, false]);
  expect(reduce(uploads, { type: "dismissed", id: 1 }).map(({ id }) => id)).toEqual([2]);
});

test("a problem is told by its type, any other by what the server says", () => {
  expect([problem("recording-truncated", 400), problem("run-exists", 409), problem("internal", 500)]).toEqual([
    { fault: "truncated", detail: "d" },
    { fault: "exists", detail: "d" },
    { fault: null, detail: "d" },
  ]);
  expect(faultOf(new ApiError(0, {})).fault).toBe("connection");
  expect(faultOf(new DOMException("a folder")).fault).toBe("unreadable");
});

test("every fault has words", () => {
  expect(Object.keys(en.import.faults).toSorted()).toEqual([...FAULTS].toSorted());
});

test("only what begins like a recording is sent", async () => {
  const files = [blob(0x89, 0x59, 0x53, 0x52, 0x45, 0x43, 1, 2), blob(0x89, 0x50, 0x4e, 0x47, 1, 2), blob(0x89, 0x59), blob()];
  expect(await Promise.all(files.map(looksLikeRecording))).toEqual([true, false, true, true]);
});

test("the only run of an only file is opened", () => {
  expect([runToOpen(1, [RUN]), runToOpen(2, [RUN]), runToOpen(1, [RUN, RUN]), runToOpen(1, [])]).toEqual(["r1", null, null, null]);
});
