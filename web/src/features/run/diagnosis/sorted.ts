import type { Finding } from "../../../api/client";

/** A finding with those that it explains. */
export interface Cause {
  readonly finding: Finding;
  readonly effects: readonly Finding[];
}

/** The findings of a run by what somebody has to do about them, each part in the server's order: root causes first. */
export interface Sorted {
  /** Critical ones before warnings. */
  readonly problems: readonly Cause[];
  readonly notes: readonly Cause[];
  readonly dismissed: readonly Finding[];
  readonly closed: readonly Finding[];
}

const RANK = { critical: 0, warning: 1, info: 2 } as const;

const isOpen = ({ status, dismissed }: Finding) => status === "open" && dismissed === null;

/** The finding at the beginning of the chain that explains another; itself where nothing open does. */
function rootOf(finding: Finding, open: ReadonlyMap<string, Finding>): Finding {
  const passed = new Set([finding.rule]);
  let root = finding;
  for (;;) {
    const cause = root.caused_by === null ? undefined : open.get(root.caused_by);
    if (!cause) return root;
    if (passed.has(cause.rule)) return finding; // in a circle nothing comes first
    passed.add(cause.rule);
    root = cause;
  }
}

function causesOf(open: readonly Finding[]): Cause[] {
  const byRule = new Map(open.map((finding) => [finding.rule, finding]));
  const effects = new Map<string, Finding[]>();
  for (const finding of open) {
    const root = rootOf(finding, byRule);
    if (root !== finding) effects.set(root.rule, [...(effects.get(root.rule) ?? []), finding]);
  }
  return open.filter((finding) => rootOf(finding, byRule) === finding).map((finding) => ({ finding, effects: effects.get(finding.rule) ?? [] }));
}

const rankOf = ({ finding, effects }: Cause) => Math.min(...[finding, ...effects].map(({ severity }) => RANK[severity]));

export function sortedFindings(items: readonly Finding[]): Sorted {
  const causes = causesOf(items.filter(isOpen)).toSorted((a, b) => rankOf(a) - rankOf(b));
  return {
    problems: causes.filter((cause) => rankOf(cause) < RANK.info),
    notes: causes.filter((cause) => rankOf(cause) === RANK.info),
    dismissed: items.filter(({ dismissed }) => dismissed !== null),
    closed: items.filter(({ status, dismissed }) => status === "closed" && dismissed === null),
  };
}

export const allOf = (causes: readonly Cause[]): Finding[] => causes.flatMap(({ finding, effects }) => [finding, ...effects]);
