import { expect, test } from "vitest";
import type { SeriesInfo } from "../../../api/client";
import { cardsNow, machineNow } from "./now";

function series(name: string, last: SeriesInfo["last"]): SeriesInfo {
  return {
    name: `system/${name}`, family: "system", unit: "", direction: "none", title: { en: name, zh: name }, count: 4, nan_count: 0, last,
    last_step: null, last_epoch: null, min: 0, max: 1, best: null, best_step: null, best_epoch: null,
  };
}

test("cards are told with what they last reported, and a part with its whole", () => {
  const found = cardsNow([
    series("gpu.10/util_percent", 50), series("gpu.2/util_percent", 97), series("gpu.2/memory_bytes", 3), series("gpu.2/memory_total_bytes", 4),
    series("gpu.3/temperature_c", "NaN"), series("rank.1/gpu.4/util_percent", 5),
  ]);
  expect(found.map(({ index, measures }) => [index, Object.fromEntries(measures)])).toEqual([
    [2, { use: { series: "system/gpu.2/util_percent", value: 97, of: null }, memory: { series: "system/gpu.2/memory_bytes", value: 3, of: 4 } }],
    [10, { use: { series: "system/gpu.10/util_percent", value: 50, of: null } }],
  ]);
});

test("of the machine is told what it reports", () => {
  const found = machineNow([series("cpu_percent", 12), series("memory_bytes", 1), series("process/rss_bytes", null)]);
  expect(Object.fromEntries(found)).toEqual({
    cpu: { series: "system/cpu_percent", value: 12, of: null },
    memory: { series: "system/memory_bytes", value: 1, of: null },
  });
});
