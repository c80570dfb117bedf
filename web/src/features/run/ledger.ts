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
  "item_invalid",
  "item_policy",
  "item_rate",
  "item_disk",
  "item_refused",
  "item_quota",
  "item_unreadable",
  "too_many_items",
  "refused_by_policy",
] as const;
export type Reason = (typeof REASONS)[number];

export function knownReason(reason: string): Reason | null {
  return REASONS.find((known) => known === reason) ?? null;
}
