import { decodeMulti } from "@msgpack/msgpack";
import { X_AXES, type Columns, type XAxis } from "../lib/columns";

const MAGIC = "YSCOLS01";
const HEADER_START = 12; // 8 bytes of magic, then the header's length as u32
const EMPTY = new Float64Array(0);

/** The columns of a series that are read here: others need not travel. */
export const COLUMNS_READ = ["x", "x_end", "min", "max", "mean", "count", "nan"] as const;

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isAxis = (value: unknown): value is XAxis => X_AXES.some((axis) => axis === value);

function column(bytes: ArrayBuffer, start: number, place: unknown): Float64Array {
  if (place === undefined) return EMPTY;
  if (!Array.isArray(place)) throw new Error("columns: a column's place is [offset, count]");
  const [offset, count]: unknown[] = place;
  if (typeof offset !== "number" || typeof count !== "number") throw new Error("columns: a column's place is [offset, count]");
  return new Float64Array(bytes, start + offset, count);
}

function columnsOf(bytes: ArrayBuffer, start: number, series: unknown): Columns {
  if (!isFields(series) || !isFields(series.columns)) throw new Error("columns: a series has no columns");
  const places = series.columns;
  const at = (key: (typeof COLUMNS_READ)[number]) => column(bytes, start, places[key]);
  if (!isAxis(series.x_axis)) throw new Error("columns: unknown x axis");
  return {
    run: String(series.run),
    name: String(series.name),
    total: Number(series.total),
    xAxis: series.x_axis,
    x: at("x"),
    xEnd: at("x_end"),
    min: at("min"),
    max: at("max"),
    mean: at("mean"),
    count: at("count"),
    nan: at("nan"),
  };
}

/** Views on the received bytes, without copying a point. */
export function decodeColumns(bytes: ArrayBuffer): Columns[] {
  const magic = new TextDecoder().decode(new Uint8Array(bytes, 0, Math.min(MAGIC.length, bytes.byteLength)));
  if (magic !== MAGIC) throw new Error("columns: not a columns answer");
  const length = new DataView(bytes).getUint32(MAGIC.length, true);
  // The first value only: padding may follow the header inside its length.
  const header: unknown = decodeMulti(new Uint8Array(bytes, HEADER_START, length)).next().value;
  if (!isFields(header) || !Array.isArray(header.series)) throw new Error("columns: the header names no series");
  const start = Math.ceil((HEADER_START + length) / 8) * 8;
  return header.series.map((series: unknown) => columnsOf(bytes, start, series));
}
