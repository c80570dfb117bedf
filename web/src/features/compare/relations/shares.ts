import type { Axis } from "../axes";

/** Where a value lies between the least and the greatest of its axis, 0 to 1; by powers on a logarithmic one. */
export function shareOf(axis: Axis | undefined, run: string): number | null {
  const value = axis?.values.get(run);
  if (!axis || value === undefined) return null;
  const place = (number: number) => (axis.log ? Math.log(number) : number);
  const places = [...axis.values.values()].map(place);
  const [least, greatest] = [Math.min(...places), Math.max(...places)];
  return greatest > least ? (place(value) - least) / (greatest - least) : 0.5;
}

/** Least and greatest value of an axis. */
export function endsOf({ values }: Axis): readonly [number, number] {
  const all = [...values.values()];
  return [Math.min(...all), Math.max(...all)];
}
