import { useComputedColorScheme } from "@mantine/core";
import { lineColor } from "../../../charts/palette";

const SHAPES = [
  <circle key="0" cx="5" cy="5" r="4" />,
  <rect key="1" x="1.2" y="1.2" width="7.6" height="7.6" />,
  <path key="2" d="M5 1L9.300 8.600H.700z" />,
  <path key="3" d="M5 .500L9 5 5 9.500 1 5z" />,
  <path key="4" d="M1.500 1.500l7 7m0-7l-7 7" fill="none" strokeWidth="1.8" />,
  <path key="5" d="M5 .800v8.400M.800 5h8.400" fill="none" strokeWidth="1.8" />,
];

/** The sign of a class as it is drawn among the points, in the order of `charts/options/embedding`. */
export function Sign({ kind }: { kind: number }) {
  const theme = useComputedColorScheme("light");
  const color = lineColor(theme, Math.max(0, kind));
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" fill={color} stroke={color} strokeWidth="0" aria-hidden="true">
      {SHAPES[Math.max(0, kind) % SHAPES.length]}
    </svg>
  );
}
