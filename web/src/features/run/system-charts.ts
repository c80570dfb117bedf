import { alone, chart, groupBy, line, named, same, text, titled, type ChartPlan, type ChartTitle, type Localised, type SeriesShape } from "../../panels/plan";

const RANK = /^((?:system|time)\/)rank\.(\d+)\//;
const DEVICE = /^(system\/[a-z]+)\.(\d+)\//;
const LEFT = /^[^:：]+[:：]\s*/u;
const IN_BRACKETS = /\s*[（(]rank \d+[）)]$/u;

/** Quantities that are read together: each stands in the chart of the other. */
const TOGETHER = [
  [/_(?:total|limit)_bytes$/, "_bytes"],
  [/shared_memory\/total_bytes$/, "shared_memory/used_bytes"],
  [/power_limit_w$/, "power_w"],
  [/training_memory_bytes$/, "memory_bytes"],
  [/disk\/free_bytes$/, "disk/used_bytes"],
  [/disk\/written_bytes_per_s$/, "disk/read_bytes_per_s"],
  [/network\/sent_bytes_per_s$/, "network/received_bytes_per_s"],
  [/throttled_by_\w+$/, "throttled"],
] as const;
const NAMED: Readonly<Record<string, ChartTitle>> = {
  "system/disk/used_bytes": named("diskSpace"),
  "system/disk/read_bytes_per_s": named("diskTraffic"),
  "system/network/received_bytes_per_s": named("networkTraffic"),
  "system/gpu/throttled": named("slowedDown"),
};
const LIMIT = /(?:_total_bytes|_limit_bytes|\/total_bytes|power_limit_w)$/;

/** The same quantity of every process. */
export const withoutRank = (name: string) => name.replace(RANK, "$1");

export const rankOf = (name: string): number => Number(RANK.exec(name)?.[2] ?? 0);

const deviceOf = (name: string) => DEVICE.exec(withoutRank(name))?.[2];

function keyOf(name: string): string {
  const plain = withoutRank(name).replace(DEVICE, "$1/");
  for (const [pattern, other] of TOGETHER) if (pattern.test(plain)) return plain.replace(pattern, other);
  return plain;
}

const without = (pattern: RegExp, { en, zh }: Localised): Localised => ({ en: en.replace(pattern, ""), zh: zh.replace(pattern, "") });
const joined = (parts: readonly string[]) => parts.filter((part) => part !== "").join(" · ");

/** What tells a line from the others of its chart: what it measures, of which card, in which process. */
function labelsOf(members: readonly SeriesShape[]): Localised[] {
  const several = (of: (name: string) => unknown) => new Set(members.map(({ name }) => of(name))).size > 1;
  const [devices, ranks, measures] = [several(deviceOf), several(rankOf), several((name) => withoutRank(name).replace(DEVICE, "$1/"))];
  return members.map(({ name, title }) => {
    const device = deviceOf(name);
    const card = devices && device !== undefined ? `GPU ${device}` : "";
    const process = ranks ? `rank ${rankOf(name)}` : "";
    const measure = measures || (card === "" && process === "") ? without(IN_BRACKETS, device === undefined ? title : without(LEFT, title)) : same("");
    return { en: joined([measure.en, card, process]), zh: joined([measure.zh, card, process]) };
  });
}

function titleOf(key: string, members: readonly SeriesShape[]): ChartTitle {
  const known = NAMED[key];
  if (known) return titled(members, known);
  const main = members.find(({ name }) => withoutRank(name).replace(DEVICE, "$1/") === key) ?? members[0];
  if (!main) return text(same(key));
  if (main.title.en === main.name) return text(same(key.replace(/^system\//, "")));
  const plain = without(IN_BRACKETS, main.title);
  const isOfOne = new Set(members.map(({ name }) => deviceOf(name))).size === 1;
  return text(isOfOne ? plain : { en: plain.en.replace(/^(\S+) \d+/, "$1"), zh: plain.zh.replace(/^(\S+) \d+/, "$1") });
}

/** A limit has the colour of what it limits. */
function colorOf({ name }: SeriesShape, ordered: readonly SeriesShape[]): number {
  const at = ordered.findIndex((other) => other.name === name);
  if (!LIMIT.test(name)) return at;
  const limited = ordered.findIndex((other) => deviceOf(other.name) === deviceOf(name) && rankOf(other.name) === rankOf(name));
  return limited < 0 ? at : limited;
}

/** The same quantity of several cards and processes in one chart, and beside it what it is read with. */
export function systemCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return [...groupBy(infos, ({ name }) => keyOf(name))].map(([key, members]) => {
    const [only] = members;
    if (members.length === 1 && only && only.title.en !== only.name) return { ...alone(only), key };
    const ordered = members.toSorted((a, b) => Number(LIMIT.test(a.name)) - Number(LIMIT.test(b.name)));
    const labels = labelsOf(ordered);
    const lines = ordered.map((info, at) => line(info, colorOf(info, ordered), { label: labels[at] ?? info.title, dashed: LIMIT.test(info.name) }));
    return chart(key, titleOf(key, ordered), lines);
  });
}
