/** When something began, ended and how long it said it worked. */
interface Timed {
  readonly created: string;
  readonly ended: string | null;
  readonly elapsed_s: number | null;
}

/** Seconds that it took: what it said itself, else from its creation to its end. Null while that is not known. */
export function durationOf({ created, ended, elapsed_s: elapsed }: Timed): number | null {
  if (elapsed !== null) return elapsed;
  return ended === null ? null : (Date.parse(ended) - Date.parse(created)) / 1000;
}
