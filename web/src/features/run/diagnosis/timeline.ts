import type { Finding, Happened } from "../../../api/client";

type Severity = Happened["severity"];

/** A stretch of epochs over which a finding was open; `to` is null while it still is. */
export interface Stretch {
  readonly from: number;
  readonly to: number | null;
  readonly severity: Severity;
}

export interface TimelineRow {
  readonly rule: string;
  readonly title: Happened["title"];
  readonly severity: Severity;
  readonly stretches: readonly Stretch[];
}

const RANK = { critical: 0, warning: 1, info: 2 } as const;
const worse = (a: Severity, b: Severity): Severity => (RANK[a] <= RANK[b] ? a : b);

function stretchesOf(lines: readonly Happened[]): Stretch[] {
  const done: Stretch[] = [];
  let open: Stretch | null = null;
  for (const { kind, epoch, severity } of lines) {
    if (kind === "opened" || kind === "reopened") open ??= { from: epoch ?? 0, to: null, severity };
    if (kind === "raised" && open) open = { ...open, severity: worse(open.severity, severity) };
    if (kind === "closed" && open) {
      done.push({ ...open, to: Math.max(open.from, epoch ?? open.from) });
      open = null;
    }
  }
  return open ? [...done, open] : done;
}

/** When each finding opened and closed, the gravest first, then as they began. */
export function timelineRows(timeline: readonly Happened[]): TimelineRow[] {
  const rules = [...new Set(timeline.map(({ rule }) => rule))];
  const rows = rules.flatMap((rule): TimelineRow[] => {
    const lines = timeline.filter((one) => one.rule === rule);
    const stretches = stretchesOf(lines);
    const [first] = stretches;
    if (!first) return [];
    return [{ rule, title: lines[0]?.title ?? { en: rule, zh: rule }, severity: stretches.map(({ severity }) => severity).reduce(worse), stretches }];
  });
  const begin = ({ stretches }: TimelineRow) => stretches[0]?.from ?? 0;
  return rows.toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || begin(a) - begin(b));
}

/** The last epoch that the strip has to reach. */
export function endOf(rows: readonly TimelineRow[], epoch: number): number {
  return Math.max(1, epoch, ...rows.flatMap(({ stretches }) => stretches.flatMap(({ from, to }) => [from, to ?? 0])));
}

const NICE = [1, 2, 5] as const;
const MOST_TICKS = 6;

/** Round epochs along the strip, the first and no more than six after it. */
export function ticksOf(end: number): number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, end / MOST_TICKS)));
  const step = [...NICE.map((one) => one * power), 10 * power].find((one) => end / one <= MOST_TICKS) ?? end;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, at) => at * step);
}

/** Where a finding is on this page: the cards of a fold are there only while it is open. */
export const cardId = (rule: Finding["rule"]) => `finding-${rule}`;

/** The rule of the card that the end of an address names; null for none. */
export const ruleOf = (hash: string): string | null => /^finding-(\w+)$/.exec(hash)?.[1] ?? null;
