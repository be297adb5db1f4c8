import type { Decode } from "./number-text.ts";

const TWO = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0"));
const DAY_SECONDS = 86_400;

/** Bytes of a fraction of a second with so many digits. */
export const fractionBytes = (digits: number): number => Math.ceil(digits / 2);

/** A day of the calendar as text; null for what is none, as the connector's own statement has it. */
function dayText(year: number, month: number, day: number): string | null {
  if (year < 1 || month < 1 || day < 1 || day > daysIn(year, month)) return null;
  return `${String(year).padStart(4, "0")}-${TWO[month]}-${TWO[day]}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Two digits are kept in each byte, and an odd one takes a byte of its own. */
function fraction(value: number, digits: number): string {
  if (digits === 0) return "";
  return `.${String(value)
    .padStart(fractionBytes(digits) * 2, "0")
    .slice(0, digits)}`;
}

export const decodeDate: Decode = (cursor) => {
  const raw = cursor.bytes.readUIntLE(cursor.at, 3);
  cursor.at += 3;
  return dayText(raw >> 9, (raw >> 5) & 15, raw & 31);
};

/** 17 bits of months (13 to a year), then 5 each of days and hours, 6 each of minutes and seconds. */
export function decodeDatetime(digits: number): Decode {
  const more = fractionBytes(digits);
  return (cursor) => {
    const { bytes, at } = cursor;
    const months = (bytes.readUIntBE(at, 3) >> 6) & 0x1ffff;
    const rest = bytes.readUInt32BE(at + 1);
    cursor.at = at + 5 + more;
    const day = dayText(Math.floor(months / 13), months % 13, (rest >> 17) & 31);
    if (day === null) return null;
    const time = `${TWO[(rest >> 12) & 31]}:${TWO[(rest >> 6) & 63]}:${TWO[rest & 63]}`;
    return `${day} ${time}${more ? fraction(bytes.readUIntBE(at + 5, more), digits) : ""}`;
  };
}

/** Seconds since 1970 in UTC; 0 is MySQL's zero date. */
export function decodeTimestamp(digits: number): Decode {
  const more = fractionBytes(digits);
  let knownDay = -1;
  let known = "";
  return (cursor) => {
    const seconds = cursor.bytes.readUInt32BE(cursor.at);
    const parts = more ? cursor.bytes.readUIntBE(cursor.at + 4, more) : 0;
    cursor.at += 4 + more;
    if (seconds === 0 && parts === 0) return null;
    const day = Math.floor(seconds / DAY_SECONDS);
    if (day !== knownDay) {
      knownDay = day;
      known = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
    }
    const left = seconds - day * DAY_SECONDS;
    const hours = Math.floor(left / 3600);
    const time = `${TWO[hours]}:${TWO[Math.floor(left / 60) % 60]}:${TWO[left % 60]}`;
    return `${known} ${time}${fraction(parts, digits)}+00`;
  };
}

/** 10 bits of hours, 6 each of minutes and seconds, and the fraction, as one number that zero lies in the middle of. */
export function decodeTime(digits: number): Decode {
  const more = fractionBytes(digits);
  const unit = 2 ** (more * 8);
  return (cursor) => {
    const raw = cursor.bytes.readUIntBE(cursor.at, 3 + more) - 0x800000 * unit;
    cursor.at += 3 + more;
    const size = Math.abs(raw);
    const time = Math.floor(size / unit);
    const hours = (time >> 12) & 0x3ff;
    const shown = `${hours < 100 ? TWO[hours] : hours}:${TWO[(time >> 6) & 63]}:${TWO[time & 63]}`;
    return `${raw < 0 ? "-" : ""}${shown}${fraction(size % unit, digits)}`;
  };
}
