// Numbers and times as people read them. What is unknown is an em dash, never a zero.

/** Stands for what is not known. */
export const UNKNOWN = "—";

const MINUS = "\u2212";

function known(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(digits: number, locale: string | undefined): Intl.NumberFormat {
  const key = `${locale ?? ""}:${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(key, format);
  }
  return format;
}

/** So many digits after the point, the locale's separators, a real minus sign; no negative zero. */
export function fixed(value: number | null | undefined, digits: number, locale?: string): string {
  if (!known(value)) return UNKNOWN;
  const text = numberFormat(digits, locale).format(Math.abs(value));
  const zero = !/[1-9]/.test(text);
  return value < 0 && !zero ? MINUS + text : text;
}

/** A whole number. */
export function count(value: number | null | undefined, locale?: string): string {
  return fixed(value, 0, locale);
}

/** As `fixed`, with a plus sign where it is above zero. */
export function signed(value: number | null | undefined, digits: number, locale?: string): string {
  const text = fixed(value, digits, locale);
  return known(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A change in percent, with its sign. */
export function percentChange(value: number | null | undefined, digits = 2, locale?: string): string {
  return known(value) ? `${signed(value, digits, locale)} %` : UNKNOWN;
}

/** A share in percent. */
export function percent(value: number | null | undefined, digits = 1, locale?: string): string {
  return known(value) ? `${fixed(value, digits, locale)} %` : UNKNOWN;
}

/** A number whose size is not known beforehand: about five significant digits, more where whole. */
export function plain(value: number | null | undefined, locale?: string): string {
  if (!known(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (Number.isInteger(value) && size < 1e15) return count(value, locale);
  if (size >= 1e15 || size < 1e-8) return value.toExponential(3).replace("-", MINUS);
  const digits = Math.min(10, Math.max(0, 4 - Math.floor(Math.log10(size))));
  const text = fixed(value, digits, locale);
  const point = numberFormat(1, locale).format(1.1).charAt(1);
  return text.includes(point) ? text.replace(/0+$/, "").replace(new RegExp(`\\${point}$`), "") : text;
}

/** Where space is short: 1,234,567 is 1.23M. */
export function compact(value: number | null | undefined, locale?: string): string {
  if (!known(value)) return UNKNOWN;
  const size = Math.abs(value);
  for (const [least, letter] of [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (size >= least) {
      const scaled = value / least;
      const digits = Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;
      return fixed(scaled, digits, locale) + letter;
    }
  }
  return plain(value, locale);
}

/** Bytes in units of 1,000: `56.2 MB`. */
export function bytes(value: number | null | undefined, locale?: string): string {
  if (!known(value)) return UNKNOWN;
  for (const [least, unit] of [
    [1e12, "TB"],
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ] as const) {
    if (Math.abs(value) >= least) return `${fixed(value / least, value / least >= 100 ? 0 : 1, locale)} ${unit}`;
  }
  return `${fixed(value, 0, locale)} B`;
}

/** A short time with about three significant digits: `24 µs`, `1.31 ms`, `2.50 s`. */
export function duration(ms: number | null | undefined, locale?: string): string {
  if (!known(ms)) return UNKNOWN;
  const size = Math.abs(ms);
  if (size >= 120_000) return age(size);
  const [scaled, unit] = size >= 1_000 ? [ms / 1_000, "s"] : size >= 1 || size === 0 ? [ms, "ms"] : [ms * 1_000, "µs"];
  const digits = Math.abs(scaled) >= 100 || scaled === 0 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;
  return `${fixed(scaled, digits, locale)} ${unit}`;
}

/**
 * Digits after the point for prices like these: enough for nineteen of twenty of the latest ones, so that a few odd ones
 * do not widen every axis; at most eight, and above one no more than make seven significant digits or two.
 */
export function pricePrecision(prices: ArrayLike<number>, sample = 400): number {
  const digits: number[] = [];
  let largest = 0;
  for (let at = Math.max(0, prices.length - sample); at < prices.length; at += 1) {
    const price = prices[at];
    if (!known(price)) continue;
    largest = Math.max(largest, Math.abs(price));
    // No quoted price has more than nine significant digits; the rest is what binary fractions leave.
    const text = Number(price.toPrecision(9)).toFixed(8).replace(/0+$/, "");
    digits.push(text.length - text.indexOf(".") - 1);
  }
  digits.sort((a, b) => a - b);
  const enough = digits[Math.ceil((digits.length - 1) * 0.95)] ?? 0;
  const whole = largest < 1 ? 0 : Math.floor(Math.log10(largest)) + 1;
  return Math.min(enough, largest < 1 ? 8 : Math.max(2, 7 - whole));
}

/** Up, down or neither: the arrow that stands beside a colour. */
export function arrow(value: number | null | undefined): string {
  if (!known(value) || value === 0) return "";
  return value > 0 ? "▲" : "▼";
}

/** Class of a figure whose sign is good or bad news. */
export function tone(value: number | null | undefined): "gain" | "loss" | "" {
  if (!known(value) || value === 0) return "";
  return value > 0 ? "gain" : "loss";
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** `2023-12-31 23:00` in the reader's zone. */
export function localTime(ms: number | null | undefined): string {
  if (!known(ms)) return UNKNOWN;
  const date = new Date(ms);
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}`
  );
}

/** `23:00:05` in the reader's zone; with the day where that is another one than today's. */
export function localSeconds(ms: number | null | undefined, today = Date.now()): string {
  if (!known(ms)) return UNKNOWN;
  const date = new Date(ms);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return date.toDateString() === new Date(today).toDateString() ? clock : `${localTime(ms).slice(0, 10)} ${clock}`;
}

/** `2023-12-31 23:00 UTC`. */
export function utcTime(ms: number | null | undefined): string {
  if (!known(ms)) return UNKNOWN;
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `2023-12-31`, in UTC. */
export function utcDate(ms: number | null | undefined): string {
  return known(ms) ? new Date(ms).toISOString().slice(0, 10) : UNKNOWN;
}

/** How long ago, in its largest unit: `12 s`, `5 min`, `3 h`, `12 d`, `2.9 y`. */
export function age(ms: number | null | undefined): string {
  if (!known(ms)) return UNKNOWN;
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  const days = seconds / 86_400;
  if (days < 365) return `${Math.floor(days)} d`;
  return `${(days / 365.25).toFixed(1)} y`;
}

/** `1 run`, `2 runs`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `min_confidence` or `genetic-optimize` as words. */
export function words(name: string): string {
  return name.replace(/[_-]/g, " ");
}
