/** Why rows may be missing, as far as this page has words for it; a newer server may know more reasons. */
export const REASONS = [
  "disk_full",
  "wrong_type",
  "invalid_name",
  "too_many_names",
  "event_too_large",
  "torn",
  "refused",
  "no_longer_kept",
  "thinned",
  "policy",
  "quota",
] as const;
export type Reason = (typeof REASONS)[number];

export function knownReason(reason: string): Reason | null {
  return REASONS.find((known) => known === reason) ?? null;
}
