import type { components } from "../../../api/schema.gen";
import type { Columns } from "../../../lib/columns";
import { numberFromWire, type WireNumber } from "../../../lib/numbers";
import { levelKey } from "../levels";

export type GroupColumns = components["schemas"]["GroupColumns"];

const floats = (values: readonly WireNumber[]) => Float64Array.from(values, (value) => numberFromWire(value) ?? NaN);

function shifted(mean: Float64Array, std: Float64Array, sign: 1 | -1): Float64Array {
  return mean.map((value, i) => value + sign * (Number.isNaN(std[i] ?? NaN) ? 0 : (std[i] ?? 0)));
}

/** A group as one line: its mean, with one deviation below and above as the band. It goes by the key of its value. */
export function columnsOfGroup(group: GroupColumns): Columns {
  const [mean, std] = [floats(group.mean), floats(group.std)];
  return {
    run: levelKey(group.value),
    name: group.name,
    total: group.total,
    xAxis: group.x_axis,
    x: floats(group.x),
    xEnd: floats(group.x_end),
    min: shifted(mean, std, -1),
    max: shifted(mean, std, 1),
    mean,
    count: floats(group.n),
    nan: floats(group.nan),
  };
}
