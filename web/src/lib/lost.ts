export interface Loss {
  readonly reason: string;
  readonly rows: number;
}

/** What was left out on purpose: told, but no reason for alarm. */
const INTENDED: ReadonlySet<string> = new Set(["policy", "thinned"]);

/** The reasons that cost rows, the costliest first. */
export function lossesOf(lost: Readonly<Record<string, number>>): Loss[] {
  return Object.entries(lost)
    .filter(([, rows]) => rows > 0)
    .map(([reason, rows]) => ({ reason, rows }))
    .toSorted((one, other) => other.rows - one.rows || one.reason.localeCompare(other.reason));
}

export function rowsLost(losses: readonly Loss[]): number {
  return losses.reduce((sum, { rows }) => sum + rows, 0);
}

export function isIntended(losses: readonly Loss[]): boolean {
  return losses.every(({ reason }) => INTENDED.has(reason));
}
