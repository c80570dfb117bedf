import type { XAxis } from "./columns";

export const NO_VALUE = "–";

const DIGITS = 4; // what four decimals of a YOLO metric table show, without drowning small learning rates
const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  const known = numberFormats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, options);
  numberFormats.set(key, made);
  return made;
}

const timeFormats = new Map<string, Intl.DateTimeFormat>();

/** Made once a language: it costs far more than formatting does. */
function timeFormat(locale: string): Intl.DateTimeFormat {
  const known = timeFormats.get(locale);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  timeFormats.set(locale, made);
  return made;
}

function exponential(value: number): string {
  return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
}

/** Four significant digits at most; very small and very large values in scientific notation. */
export function formatNumber(value: number | null | undefined, locale: string): string {
  if (value === null || value === undefined) return NO_VALUE;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return exponential(value);
  if (Number.isInteger(value) || size >= 1e4) return numberFormat(locale, { maximumFractionDigits: 0 }).format(value);
  return numberFormat(locale, { maximumSignificantDigits: DIGITS }).format(value);
}

/** A metric between 0 and 1 with a fixed number of decimals, so that a column of them lines up. */
export function formatMetric(value: number | null, locale: string): string {
  if (value === null || !Number.isFinite(value)) return formatNumber(value, locale);
  return numberFormat(locale, { minimumFractionDigits: 4, maximumFractionDigits: 4 }).format(value);
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export function formatBytes(value: number, locale: string): string {
  const power = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(1024));
  const unit = Math.min(BYTE_UNITS.length - 1, Math.max(0, power));
  return `${numberFormat(locale, { maximumSignificantDigits: 3 }).format(value / 1024 ** unit)} ${BYTE_UNITS[unit] ?? "B"}`;
}

/** A part of a whole in the unit of the whole, "0.2 / 24 GiB": a column of them is compared at a glance. */
export function formatBytesOf(part: number, whole: number, locale: string): string {
  const said = formatBytes(whole, locale);
  const unit = 1024 ** Math.max(0, BYTE_UNITS.findIndex((one) => said.endsWith(` ${one}`)));
  const inUnit = part / unit;
  return `${numberFormat(locale, { maximumFractionDigits: inUnit < 100 ? 1 : 0 }).format(inUnit)} / ${said}`;
}

const HERTZ = [
  [1e9, "GHz"],
  [1e6, "MHz"],
  [1e3, "kHz"],
] as const;

export function formatHertz(value: number, locale: string): string {
  const [factor, unit] = HERTZ.find(([from]) => Math.abs(value) >= from) ?? [1, "Hz"];
  return `${numberFormat(locale, { maximumSignificantDigits: 3 }).format(value / factor)} ${unit}`;
}

const SMALL_SECONDS = [
  [1e-3, 1e6, "µs"],
  [1, 1e3, "ms"],
] as const;

/** A measured time: "1.2 ms", "38 s"; from two minutes on as a duration. */
export function formatSeconds(value: number, locale: string): string {
  const size = Math.abs(value);
  if (size >= 120) return formatDuration(value, locale);
  const [, factor, unit] = (size > 0 && SMALL_SECONDS.find(([below]) => size < below)) || [0, 1, "s"];
  return `${numberFormat(locale, { maximumSignificantDigits: DIGITS }).format(value * factor)} ${unit}`;
}

export function formatQuantity(value: number | null, unit: string, locale: string): string {
  const plain = formatNumber(value, locale);
  if (value === null || !Number.isFinite(value) || unit === "" || unit === "1") return plain;
  if (unit === "bytes" || unit === "B") return formatBytes(value, locale);
  if (unit === "B/s") return `${formatBytes(value, locale)}/s`;
  if (unit === "Hz") return formatHertz(value, locale);
  if (unit === "s") return formatSeconds(value, locale);
  return unit === "%" ? `${plain}%` : `${plain} ${unit}`;
}

const STEPS_S = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** The two largest units: "2h 5m" in English, "2小时 5分钟" in Chinese. */
export function formatDuration(seconds: number | null | undefined, locale: string): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NO_VALUE;
  const whole = Math.max(0, Math.round(seconds));
  const start = Math.max(0, STEPS_S.findIndex(([, size]) => whole >= size));
  const first = whole === 0 ? STEPS_S.length - 1 : start;
  let rest = whole;
  const parts: string[] = [];
  for (const [unit, size] of STEPS_S.slice(first, first + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0 || parts.length === 0) {
      parts.push(numberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(amount));
    }
  }
  return parts.join(" ");
}

const pad = (value: number) => String(value).padStart(2, "0");

/** "4:05" or "1:04:05": a duration as tick label, the same in every language. */
export function formatClock(seconds: number, withSeconds: boolean): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours === 0 && withSeconds) return `${minutes}:${pad(rest)}`;
  return withSeconds ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${hours}:${pad(minutes)}`;
}

const RELATIVE_S = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

export function formatRelative(thenMs: number, nowMs: number, locale: string): string {
  const seconds = (thenMs - nowMs) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: locale === "en" ? "narrow" : "long" });
  for (const [unit, size] of RELATIVE_S) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

const instantFormats = new Map<string, Intl.DateTimeFormat>(); // to make one costs more than to draw a row

export function formatInstant(ms: number, locale: string): string {
  if (!Number.isFinite(ms)) return NO_VALUE;
  const format = instantFormats.get(locale) ?? new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
  instantFormats.set(locale, format);
  return format.format(ms);
}

/** "14:03:22": for what happened on a day that is known. */
export function formatTimeOfDay(ms: number, locale: string): string {
  return timeFormat(locale).format(ms);
}

export function formatX(value: number, axis: XAxis, locale: string): string {
  if (axis === "elapsed") return formatDuration(value, locale);
  if (axis === "time") return formatInstant(value * 1000, locale);
  return numberFormat(locale, { maximumFractionDigits: axis === "epoch" ? 2 : 0 }).format(value);
}
