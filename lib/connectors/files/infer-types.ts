/** What a sample's text can be, narrowest first. Never a type that would lose something, such as leading zeros. */
export type InferredType =
  | "boolean"
  | "bigint"
  | `decimal(${number},${number})`
  | "double"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "string";

const WHOLE = /^-?(0|[1-9]\d*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$/;
const MONEY = /^-?(0|[1-9]\d*)\.\d{2,}$/;
/** Digits that a double always keeps; and those a decimal has, with room left for larger values after the sample. */
const DOUBLE_DIGITS = 15;
const DECIMAL_DIGITS = 38;
const ROOM = 4;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^(\d{4})-(\d{2})-(\d{2})[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?$/;

/** The type that holds every value of a column; `undefined` stands for NULL. Only NULLs: text. */
export function inferType(values: readonly (string | undefined)[]): InferredType {
  const given = values.filter((value): value is string => value !== undefined);
  if (given.length === 0) return "string";
  if (given.every((value) => value === "true" || value === "false")) return "boolean";
  if (given.every((value) => WHOLE.test(value) && value !== "-0")) return wholeType(given);
  if (given.every((value) => NUMBER.test(value))) return fractionType(given);
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
  if (numbers.every((n) => n >= -(1n << 63n) && n < 1n << 63n)) return "bigint";
  return longest(values) + ROOM <= DECIMAL_DIGITS ? `decimal(${DECIMAL_DIGITS},0)` : "string";
}

/** The same two or more decimals in every value are amounts, and exact; anything else is a measurement. */
function fractionType(values: readonly string[]): InferredType {
  const scales = new Set(values.map((value) => value.split(".")[1]?.length ?? 0));
  const digits = longest(values);
  const [scale = 0] = scales;
  if (scales.size === 1 && values.every((value) => MONEY.test(value)) && digits + ROOM <= DECIMAL_DIGITS)
    return `decimal(${Math.max(18, digits + ROOM)},${scale})`;
  return digits <= DOUBLE_DIGITS ? "double" : "string";
}

/** The most digits before an exponent, zeros in front not counted. */
function longest(values: readonly string[]): number {
  return Math.max(
    ...values.map(
      (value) =>
        value
          .replace(/[eE].*/, "")
          .replace(/[-.]/g, "")
          .replace(/^0+/, "").length,
    ),
  );
}

function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
