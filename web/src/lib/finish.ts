const DAY_MS = 86_400_000;
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

const dayOf = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);

/** When something will be: "17:45" today, "Tue 17:45" within a week, else with the date. */
export function formatFinish(ms: number, nowMs: number, locale: string): string {
  const days = Math.round((dayOf(ms) - dayOf(nowMs)) / DAY_MS);
  if (days === 0) return new Intl.DateTimeFormat(locale, CLOCK).format(ms);
  if (days > 0 && days < 7) return new Intl.DateTimeFormat(locale, { weekday: "short", ...CLOCK }).format(ms);
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...CLOCK }).format(ms);
}
