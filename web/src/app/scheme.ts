/** What the reader chose; "auto" follows the system. */
export type Scheme = "auto" | ShownScheme;
type ShownScheme = "light" | "dark";

const OTHER = { light: "dark", dark: "light" } as const;

/** From the system's choice to the other scheme, so that the first click is seen; then to the system's own, then back to its choice. */
export function nextScheme(now: Scheme, system: ShownScheme): Scheme {
  if (now === "auto") return OTHER[system];
  return now === system ? "auto" : system;
}
