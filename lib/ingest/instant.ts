const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

let lastText = "";
let lastInstant: string | undefined;

/**
 * A moment (RFC 3339) as the log keeps it: UTC, at most six digits of a second, no trailing zeros, so that equal moments
 * are equal text. Digits beyond the sixth are dropped.
 * @returns undefined for text that is no moment, a leap second included, or lies outside the years 1 to 9999.
 */
export function readInstant(text: string): string | undefined {
  if (text !== lastText) {
    lastInstant = normalize(text);
    lastText = text;
  }
  return lastInstant;
}

/** {@link readInstant} of a moment that is known to be one, such as a time the database gave. */
export function instantOf(moment: Date): string {
  return moment.toISOString().replace(/\.?0*Z$/, "Z");
}

function normalize(text: string): string | undefined {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction = "",
    sign,
    offsetHour = "0",
    offsetMinute = "0",
  ] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === "-" ? -1 : 1);
  date.setUTCHours(Number(hour), Number(minute) - offset, Number(second));
  const utc = date.getUTCFullYear();
  if (utc < 1 || utc > 9999) return undefined;
  const digits = fraction.slice(0, 6).replace(/0+$/, "");
  return `${date.toISOString().slice(0, 19)}${digits ? `.${digits}` : ""}Z`;
}
