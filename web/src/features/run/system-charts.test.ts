import { expect, test } from "vitest";
import type { SeriesShape } from "../../panels/plan";
import { systemCharts } from "./system-charts";

function series(name: string, en = name, zh = en, unit = ""): SeriesShape {
  return { name, family: "system", unit, title: { en, zh } };
}

const told = (infos: readonly SeriesShape[], language: "en" | "zh" = "en") =>
  systemCharts(infos).map(({ key, title, lines }) => [
    key,
    title.kind === "text" ? title.text[language] : `<${title.kind === "named" ? title.name : ""}>`,
    lines.map((line) => (line.dashed ? `${line.label[language]} (dashed)` : line.label[language])),
  ]);

test("one card alone keeps its own title", () => {
  expect(told([series("system/gpu.0/util_percent", "GPU 0: use")])).toEqual([["system/gpu/util_percent", "GPU 0: use", ["GPU 0: use"]]]);
});

test("several cards share a chart, whose lines are called by the card", () => {
  const infos = [series("system/gpu.0/power_w", "GPU 0: power", "GPU 0：功耗"), series("system/gpu.1/power_w", "GPU 1: power", "GPU 1：功耗")];
  expect(told(infos)).toEqual([["system/gpu/power_w", "GPU: power", ["GPU 0", "GPU 1"]]]);
  expect(told(infos, "zh")).toEqual([["system/gpu/power_w", "GPU：功耗", ["GPU 0", "GPU 1"]]]);
});

test("what is in use stands with what there is of it, dashed", () => {
  const infos = [series("system/memory_total_bytes", "Memory of the machine"), series("system/memory_bytes", "Memory used")];
  expect(told(infos)).toEqual([["system/memory_bytes", "Memory used", ["Memory used", "Memory of the machine (dashed)"]]]);
});

test("both directions of a disk are one chart", () => {
  const infos = [series("system/disk/read_bytes_per_s", "Disk reads"), series("system/disk/written_bytes_per_s", "Disk writes")];
  expect(told(infos)).toEqual([["system/disk/read_bytes_per_s", "<diskTraffic>", ["Disk reads", "Disk writes"]]]);
});

test("processes of a distributed training share a chart, told by their rank", () => {
  const infos = [series("system/process/rss_bytes", "Memory of the training"), series("system/rank.1/process/rss_bytes", "Memory of the training (rank 1)")];
  expect(told(infos)).toEqual([["system/process/rss_bytes", "Memory of the training", ["rank 0", "rank 1"]]]);
});

test("a card's memory, its size and what the training has of it are one chart for all cards", () => {
  const infos = [0, 1].flatMap((card) => [
    series(`system/gpu.${card}/memory_bytes`, `GPU ${card}: memory used`),
    series(`system/gpu.${card}/memory_total_bytes`, `GPU ${card}: memory in all`),
  ]);
  expect(told(infos)).toEqual([
    ["system/gpu/memory_bytes", "GPU: memory used", ["memory used · GPU 0", "memory used · GPU 1", "memory in all · GPU 0 (dashed)", "memory in all · GPU 1 (dashed)"]],
  ]);
});

test("a limit has the colour of what it limits", () => {
  const infos = [0, 1].flatMap((card) => [series(`system/gpu.${card}/power_w`, `GPU ${card}: power`), series(`system/gpu.${card}/power_limit_w`, `GPU ${card}: power limit`)]);
  expect(systemCharts(infos)[0]?.lines.map(({ color }) => color)).toEqual([0, 1, 0, 1]);
});

test("a quantity without a title of its own is called by its name", () => {
  expect(told([series("system/my_sensor")])).toEqual([["system/my_sensor", "my_sensor", ["system/my_sensor"]]]);
});
