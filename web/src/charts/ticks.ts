import type { XAxis } from "../lib/columns";
import { formatBytes, formatClock, formatHertz, formatNumber, formatSeconds } from "../lib/format";

export interface Ticks {
  readonly values: number[];
  readonly label: (value: number) => string;
}

const BASES = [1, 2, 2.5, 5, 10] as const;

/** The round step that cuts a range into about `count` parts. */
export function niceStep(range: number, count: number): number {
  const rough = range / Math.max(1, count);
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const base = BASES.find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return base * power;
}

/** So that 0.1 + 0.2 is not written as 0.30000000000000004. */
const rounded = (value: number) => Number(value.toPrecision(14));

function multiples(low: number, high: number, step: number, origin = 0): number[] {
  const values: number[] = [];
  const first = Math.ceil((low - origin) / step - 1e-9);
  for (let k = first; origin + k * step <= high + step * 1e-9 && values.length < 64; k++) {
    values.push(rounded(origin + k * step));
  }
  return values;
}

function decimalsOf(step: number): number {
  const [mantissa = "", exponent = "0"] = Number(step.toPrecision(3)).toExponential().split("e");
  const digits = (mantissa.split(".")[1] ?? "").length - Number(exponent);
  return Math.min(12, Math.max(0, digits));
}

function plainLabel(step: number, locale: string): (value: number) => string {
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: decimalsOf(step) });
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 2 });
  return (value) => {
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size < 1e-3) return formatNumber(value, locale);
    return size >= 1e5 ? compact.format(value) : format.format(value);
  };
}

export function linearTicks(low: number, high: number, count: number, locale: string): Ticks {
  const step = niceStep(high - low, count);
  return { values: multiples(low, high, step), label: plainLabel(step, locale) };
}

/** Steps of powers of two, so that memory reads 2, 4, 6 GiB. */
export function byteTicks(low: number, high: number, count: number, locale: string): Ticks {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(Math.max(1, high)) / Math.log(1024)));
  const step = niceStep((high - low) / unit, count) * unit;
  return { values: multiples(low, high, step), label: (value) => formatBytes(value, locale) };
}

const SECOND_UNITS = [
  ["h", 3600, 7200],
  ["min", 60, 120],
  ["s", 1, 1],
  ["ms", 1e-3, 1e-3],
  ["µs", 1e-6, 0],
] as const;

/** A whole axis of measured times in the one unit that suits its largest. */
export function secondTicks(low: number, high: number, count: number, locale: string): Ticks {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const [unit, factor] = SECOND_UNITS.find(([, , from]) => size >= from) ?? SECOND_UNITS[2];
  const step = factor >= 60 ? clockStep(high - low, count) : niceStep((high - low) / factor, count) * factor;
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: Math.min(3, decimalsOf(step / factor)) });
  return { values: multiples(low, high, step), label: (value) => `${format.format(value / factor)} ${unit}` };
}

/** How the values of a unit are cut and told. */
export interface Scale {
  readonly ticks: (low: number, high: number, count: number, locale: string) => Ticks;
  readonly tell: (value: number, locale: string) => string;
}

const PLAIN: Scale = { ticks: linearTicks, tell: formatNumber };

const byteRate = (value: number, locale: string) => `${formatBytes(value, locale)}/s`;
const BYTE_RATE: Scale = {
  ticks: (low, high, count, locale) => ({ ...byteTicks(low, high, count, locale), label: (value) => byteRate(value, locale) }),
  tell: byteRate,
};
const HERTZ: Scale = {
  ticks: (low, high, count, locale) => ({ ...linearTicks(low, high, count, locale), label: (value) => formatHertz(value, locale) }),
  tell: formatHertz,
};

/** The scale of a unit: times and memory read better in multiples of it, which their ticks then say. */
export function scaleOf(unit: string): Scale {
  if (unit === "s") return { ticks: secondTicks, tell: formatSeconds };
  if (unit === "B/s") return BYTE_RATE;
  if (unit === "Hz") return HERTZ;
  return unit === "bytes" || unit === "B" ? { ticks: byteTicks, tell: formatBytes } : PLAIN;
}

/** Ticks of a logarithmic axis, whose positions are log10 of the value. */
export function logTicks(low: number, high: number, count: number, locale: string, scale = PLAIN): Ticks {
  if (high - low < 0.7) {
    const linear = scale.ticks(10 ** low, 10 ** high, count, locale);
    return { values: linear.values.filter((value) => value > 0).map(Math.log10), label: (position) => linear.label(rounded(10 ** position)) };
  }
  const label = (position: number) => scale.tell(rounded(10 ** position), locale);
  const mantissas = high - low < 2.5 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil((high - low) / (count + 1)));
  const values: number[] = [];
  for (let power = Math.floor(low); power <= high; power++) {
    if (power % stride !== 0) continue;
    for (const mantissa of mantissas) values.push(power + Math.log10(mantissa));
  }
  return { values: values.filter((value) => value >= low && value <= high), label };
}

const CLOCK_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400] as const;

function clockStep(range: number, count: number): number {
  const rough = range / Math.max(1, count);
  return CLOCK_STEPS_S.find((step) => step >= rough) ?? Math.ceil(rough / 86_400) * 86_400;
}

function durationTicks(low: number, high: number, count: number, locale: string): Ticks {
  if (high - low < count) return linearTicks(low, high, count, locale);
  const step = clockStep(high - low, count);
  const withSeconds = step < 60 || high < 3600;
  return { values: multiples(low, high, step), label: (value) => formatClock(value, withSeconds) };
}

function instantTicks(low: number, high: number, count: number, locale: string): Ticks {
  const step = clockStep(high - low, count);
  const zone = -new Date(low * 1000).getTimezoneOffset() * 60;
  const options: Intl.DateTimeFormatOptions =
    step >= 86_400
      ? { month: "numeric", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(step < 60 ? { second: "2-digit" } : {}) };
  const format = new Intl.DateTimeFormat(locale, options);
  return { values: multiples(low, high, step, -zone), label: (value) => format.format(value * 1000) };
}

export function xTicks(axis: XAxis, low: number, high: number, count: number, locale: string): Ticks {
  if (axis === "elapsed") return durationTicks(low, high, count, locale);
  if (axis === "time") return instantTicks(low, high, count, locale);
  const ticks = linearTicks(low, high, count, locale);
  if (axis === "epoch" || high - low < 1) return ticks;
  return { ...ticks, values: ticks.values.filter(Number.isInteger) };
}
