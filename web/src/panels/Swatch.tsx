import { useComputedColorScheme } from "@mantine/core";
import { lineColor, lineDash } from "../charts/palette";

/** A piece of a line as charts draw it: colour, and the pattern that tells lines apart beyond the colours. */
export function Swatch({ color, pale = false }: { color: number; pale?: boolean }) {
  const theme = useComputedColorScheme("light");
  return (
    <svg width="18" height="8" viewBox="0 0 18 8" aria-hidden="true" data-line="" opacity={pale ? 0.3 : 1}>
      <path d="M1 4h16" stroke={lineColor(theme, color)} strokeWidth="2.5" strokeDasharray={lineDash(color).join(" ")} />
    </svg>
  );
}
