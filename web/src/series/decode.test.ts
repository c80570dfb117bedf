import { encode } from "@msgpack/msgpack";
import { expect, test } from "vitest";
import { decodeColumns } from "./decode";

const NAMES = ["x", "x_end", "min", "max", "mean", "count", "nan"] as const;

/** An answer as the server writes it: magic, header length, header, padding, columns. */
function answer(columns: Record<string, number[]>, padInside: boolean): ArrayBuffer {
  let offset = 0;
  const places: Record<string, [number, number]> = {};
  for (const [name, values] of Object.entries(columns)) {
    places[name] = [offset, values.length];
    offset += values.length * 8;
  }
  const header = encode({ v: 1, series: [{ run: "r", name: "train/box_loss", total: 7, x_axis: "epoch", columns: places }] });
  const start = Math.ceil((12 + header.length) / 8) * 8;
  const bytes = new ArrayBuffer(start + offset);
  new Uint8Array(bytes).set(new TextEncoder().encode("YSCOLS01"));
  new DataView(bytes).setUint32(8, padInside ? start - 12 : header.length, true);
  new Uint8Array(bytes).set(header, 12);
  new Float64Array(bytes, start).set(Object.values(columns).flat());
  return bytes;
}

const sample = Object.fromEntries(NAMES.map((name, i) => [name, [i, i + 0.5, name === "mean" ? NaN : -i]]));

test.each([true, false])("columns come back bit for bit, header padded inside its length: %s", (padInside) => {
  const [columns] = decodeColumns(answer(sample, padInside));
  expect(columns?.name).toBe("train/box_loss");
  expect(columns?.total).toBe(7);
  expect(columns?.xAxis).toBe("epoch");
  expect([...(columns?.xEnd ?? [])]).toEqual(sample.x_end);
  expect([...(columns?.mean ?? [])]).toEqual(sample.mean);
});

test("columns are views on the received bytes", () => {
  const bytes = answer(sample, false);
  expect(decodeColumns(bytes)[0]?.x.buffer).toBe(bytes);
});

test("a missing column is empty", () => {
  expect(decodeColumns(answer({ x: [1] }, false))[0]?.mean).toHaveLength(0);
});

test("what is not a columns answer is refused", () => {
  expect(() => decodeColumns(new TextEncoder().encode("<html>nothing here</html>").buffer)).toThrow("not a columns answer");
});
