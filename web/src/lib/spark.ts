/** The `d` of an SVG path through the points, as wide as they reach and as high as their range; a value that is no number leaves a gap. Empty below two points. */
export function sparkPath(x: ArrayLike<number>, y: ArrayLike<number>, box: { width: number; height: number }): string {
  const known = Array.from(y, (_, at) => at).filter((at) => Number.isFinite(y[at]) && Number.isFinite(x[at]));
  if (known.length < 2) return "";
  const values = known.map((at) => y[at] ?? 0);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [x[known[0] ?? 0] ?? 0, x[known.at(-1) ?? 0] ?? 0];
  const across = last > first ? box.width / (last - first) : 0;
  const up = high > low ? box.height / (high - low) : 0;
  const floor = high > low ? box.height : box.height / 2;
  const point = (at: number) => `${(((x[at] ?? 0) - first) * across).toFixed(1)} ${(floor - ((y[at] ?? 0) - low) * up).toFixed(1)}`;
  return known.map((at, index) => `${index > 0 && known[index - 1] === at - 1 ? "L" : "M"}${point(at)}`).join("");
}
