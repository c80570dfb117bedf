/** Why a command cannot be, or was not, carried out; `acts.json` has a sentence for each. `paused` is our own: the others are the server's. */
export const REASONS = [
  "bad_value",
  "unknown_verb",
  "framework_cannot",
  "version_cannot",
  "below_epoch",
  "mosaic_closed",
  "mosaic_off",
  "not_paused",
  "already_paused",
  "no_checkpoint",
  "no_optimizer",
  "not_running",
  "no_sidecar",
  "several_machines",
  "ranks_disagree",
  "not_for_this_run",
  "nobody_resumes",
  "too_many",
  "superseded",
  "failed",
  "paused",
] as const;
export type Reason = (typeof REASONS)[number];

export const reasonFrom = (word: unknown): Reason | null => REASONS.find((one) => one === word) ?? null;
