import { expect, test } from "vitest";
import type { Slice } from "../../../items/histograms";
import { ridgesOf, type RidgeLook } from "./ridges";

const LOOK: RidgeLook = { log: false, isStretched: false, isShared: false, theme: "light", locale: "en" };

function slice(epoch: number, reach: number): Slice {
  return { epoch, edges: [-reach, 0, reach], counts: [10, 30], total: 40, broken: 0, mean: 0, deviation: reach / 2 };
}

const GROUPS = [[slice(1, 1), slice(2, 1)], [slice(1, 4)]];
const said = ({ epoch }: Slice) => `e${epoch}`;

test("each group has its own axis, unless they share one", () => {
  expect(ridgesOf(GROUPS, LOOK, said).map(({ range }) => range)).toEqual([
    [-1, 1],
    [-4, 4],
  ]);
  expect(ridgesOf(GROUPS, { ...LOOK, isShared: true }, said).map(({ range }) => range)).toEqual([
    [-4, 4],
    [-4, 4],
  ]);
});

test("counts become shares, and on a shared axis the tallest is that of all", () => {
  const [own, wide] = ridgesOf(GROUPS, LOOK, said);
  expect(own?.rows.map(({ epoch, said: text }) => [epoch, text])).toEqual([
    ["1", "e1"],
    ["2", "e2"],
  ]);
  expect(own?.rows[0]?.shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1);
  expect([own?.most, wide?.most]).toEqual([0.75 / 32, 0.75 / 32]);
  const shared = ridgesOf(GROUPS, { ...LOOK, isShared: true }, said);
  expect(shared.map(({ most }) => most)).toEqual([0.75 / 8, 0.75 / 8]);
});

test("ticks say values, also on a stretched axis", () => {
  const [plain] = ridgesOf(GROUPS, LOOK, said);
  expect(plain?.tick(0.5)).toBe("0.5");
  const [stretched] = ridgesOf(GROUPS, { ...LOOK, isStretched: true }, said);
  expect(stretched?.tick(stretched.range[1])).toBe("1");
});
