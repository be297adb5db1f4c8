const number = new Intl.NumberFormat("en-US");
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** `1234567` → `1,234,567`. Strings are counts too big for a JSON number. */
export function formatNumber(value: number | string | bigint): string {
  return number.format(typeof value === "string" ? BigInt(value) : value);
}

/** `1` → `1 row`, `1234` → `1,234 rows`. */
export function formatRows(count: number | string | bigint): string {
  return `${formatNumber(count)} ${BigInt(count) === 1n ? "row" : "rows"}`;
}

/** `0.00214` → `$0.0021`: two digits that say something, however little it is. */
export function formatDollars(value: number): string {
  const exact =
    value >= 1
      ? { minimumFractionDigits: 2, maximumFractionDigits: 2 }
      : { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
  return new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", ...exact }).format(value);
}

/** `85000` → `85K`, for charts and tight places. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** A duration in milliseconds, in words: `320 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `now` and `at` in epoch milliseconds → `3 minutes ago`, `in 2 hours`, `just now`. */
export function formatRelative(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  for (const [unit, length] of steps) {
    if (size >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  if (size < 10) return "just now";
  return relative.format(seconds, "second");
}

/** A moment with its zone, in the reader's own: `21 Nov 2026, 14:05:09 GMT+1`. */
export function formatMoment(at: number): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" }).format(at);
}
