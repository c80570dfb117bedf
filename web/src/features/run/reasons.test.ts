import { expect, test } from "vitest";
import { reasonFrom } from "./reasons";

test("reasons of ours are known", () => {
  expect(reasonFrom("ended without finish")).toEqual({ kind: "noFinish" });
  expect(reasonFrom("killed for lack of memory")).toEqual({ kind: "memory" });
  expect(reasonFrom("asked to stop")).toEqual({ kind: "asked" });
  expect(reasonFrom("killed by SIGKILL")).toEqual({ kind: "killed", signal: "SIGKILL" });
  expect(reasonFrom("killed by SIGRTMIN+1")).toEqual({ kind: "killed", signal: "SIGRTMIN+1" });
  expect(reasonFrom("no better result in 50 epochs")).toEqual({ kind: "patience", count: 50 });
  expect(reasonFrom("exit code 3")).toEqual({ kind: "exitCode", code: 3 });
});

test("words of others stay theirs", () => {
  for (const text of ["ValueError", "<text>", "toString", "killed by a colleague", ""]) expect(reasonFrom(text)).toBeNull();
});
