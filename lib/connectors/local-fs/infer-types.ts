/** What a sample's text can be, narrowest first. Never a type that would lose something, such as leading zeros. */
export type InferredType =
  | "boolean"
  | "bigint"
  | `decimal(${number},${number})`
  | "date"
  | "timestamp"
  | "timestamptz"
  | "string";

const WHOLE = /^-?(0|[1-9]\d*)$/;
const DECIMAL = /^-?(0|[1-9]\d*)\.(\d+)$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^(\d{4})-(\d{2})-(\d{2})[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?$/;

/** The type that holds every value of a column; `undefined` stands for NULL. Only NULLs: text. */
export function inferType(values: readonly (string | undefined)[]): InferredType {
  const given = values.filter((value): value is string => value !== undefined);
  if (given.length === 0) return "string";
  if (given.every((value) => value === "true" || value === "false")) return "boolean";
  if (given.every((value) => WHOLE.test(value) && value !== "-0")) return wholeType(given);
  if (given.every((value) => WHOLE.test(value) || DECIMAL.test(value))) return decimalType(given);
  if (given.every((value) => DAY.test(value) && isDay(value))) return "date";
  if (given.every((value) => MOMENT.test(value) && isDay(value.slice(0, 10)))) {
    const zoned = given.filter((value) => /(Z|[+-]\d{2}(:?\d{2})?)$/.test(value.slice(10)));
    if (zoned.length === given.length) return "timestamptz";
    return zoned.length === 0 ? "timestamp" : "string";
  }
  return "string";
}

function wholeType(values: readonly string[]): InferredType {
  const numbers = values.map(BigInt);
  // Always the widest: the rows after the sample may hold larger numbers.
  return numbers.every((n) => n >= -(1n << 63n) && n < 1n << 63n) ? "bigint" : "string";
}

function decimalType(values: readonly string[]): InferredType {
  const whole = Math.max(...values.map((value) => value.replace("-", "").split(".")[0]?.length ?? 0));
  const scale = Math.max(...values.map((value) => value.split(".")[1]?.length ?? 0));
  return whole + scale > 30 ? "string" : `decimal(${Math.max(18, whole + scale + 4)},${scale})`;
}

function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
