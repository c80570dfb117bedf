import { recall, remember } from "../../lib/storage";

const STORED_AS = "yoloscope-recent-commands";
const MOST = 8;

/** What was chosen before, the last first; of a place also its title and address, so that it can be shown again. */
export interface Recent {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly href?: string;
}

function isRecent(value: unknown): value is Recent {
  if (typeof value !== "object" || value === null) return false;
  const { id, title, kind, href }: Partial<Record<keyof Recent, unknown>> = value;
  const isPlace = href === undefined || (typeof href === "string" && /^\/(?!\/)/.test(href));
  return typeof id === "string" && typeof title === "string" && typeof kind === "string" && isPlace;
}

export function recentFrom(stored: string | null): readonly Recent[] {
  try {
    const parsed: unknown = JSON.parse(stored ?? "[]");
    return Array.isArray(parsed) ? parsed.filter(isRecent).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function withRecent(known: readonly Recent[], chosen: Recent): readonly Recent[] {
  return [chosen, ...known.filter(({ id }) => id !== chosen.id)].slice(0, MOST);
}

export function recallRecent(): readonly Recent[] {
  return recentFrom(recall(STORED_AS));
}

export function rememberRecent(chosen: Recent): void {
  remember(STORED_AS, JSON.stringify(withRecent(recallRecent(), chosen)));
}
