export interface Loss {
  readonly reason: string;
  readonly rows: number;
}

/** What was left out on purpose: told, but no reason for alarm. */
const INTENDED: ReadonlySet<string> = new Set(["policy", "thinned", "item_policy", "item_rate", "refused_by_policy"]);
/** Reasons that cost images, tables and the like, and no row of numbers. */
const OF_ITEMS = /^item_|^(?:too_many_items|refused_by_policy)$/;

/** The reasons that cost something, the costliest first. */
export function lossesOf(lost: Readonly<Record<string, number>>): Loss[] {
  return Object.entries(lost)
    .filter(([, rows]) => rows > 0)
    .map(([reason, rows]) => ({ reason, rows }))
    .toSorted((one, other) => other.rows - one.rows || one.reason.localeCompare(other.reason));
}

export function rowsLost(losses: readonly Loss[]): number {
  return losses.reduce((sum, { rows }) => sum + rows, 0);
}

/** Whether the reasons cost no row: only images, tables and the like are missing. */
export function isOfItems(losses: readonly Loss[]): boolean {
  return losses.every(({ reason }) => OF_ITEMS.test(reason));
}

export function isIntended(losses: readonly Loss[]): boolean {
  return losses.every(({ reason }) => INTENDED.has(reason));
}
