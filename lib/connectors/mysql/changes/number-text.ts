/** Bytes in which a row is read, and how far. */
export type Cursor = { bytes: Buffer; at: number };

/** Reads one value and gives its text; null for what has none in another database. */
export type Decode = (cursor: Cursor) => string | null;

const TWO_TO_32 = 4_294_967_296;

/** Whole numbers by the bytes that they take. */
export const WHOLE_NUMBERS: Record<number, [signed: Decode, unsigned: Decode]> = {
  1: [moving(1, (b, at) => b.readInt8(at)), moving(1, (b, at) => b.readUInt8(at))],
  2: [moving(2, (b, at) => b.readInt16LE(at)), moving(2, (b, at) => b.readUInt16LE(at))],
  3: [moving(3, (b, at) => b.readIntLE(at, 3)), moving(3, (b, at) => b.readUIntLE(at, 3))],
  4: [moving(4, (b, at) => b.readInt32LE(at)), moving(4, (b, at) => b.readUInt32LE(at))],
  8: [moving(8, signed64), moving(8, unsigned64)],
};

function moving(bytes: number, read: (b: Buffer, at: number) => number | bigint): Decode {
  return (cursor) => {
    const { at } = cursor;
    cursor.at = at + bytes;
    return String(read(cursor.bytes, at));
  };
}

/** Most fit into a number, which is made faster than a bigint. */
function signed64(b: Buffer, at: number): number | bigint {
  const high = b.readInt32LE(at + 4);
  if (high >= -0x200000 && high < 0x200000) return high * TWO_TO_32 + b.readUInt32LE(at);
  return b.readBigInt64LE(at);
}

function unsigned64(b: Buffer, at: number): number | bigint {
  const high = b.readUInt32LE(at + 4);
  return high < 0x200000 ? high * TWO_TO_32 + b.readUInt32LE(at) : b.readBigUInt64LE(at);
}

export const decodeFloat: Decode = (cursor) => {
  cursor.at += 4;
  return doubleText(cursor.bytes.readFloatLE(cursor.at - 4));
};

export const decodeDouble: Decode = (cursor) => {
  cursor.at += 8;
  return doubleText(cursor.bytes.readDoubleLE(cursor.at - 8));
};

/** The server's own way to write a DOUBLE: fewest digits, an exponent from 10^15 on and below 10^-15. */
export function doubleText(value: number): string {
  const size = Math.abs(value);
  if ((size >= 1e-6 && size < 1e15) || value === 0) return value === 0 ? "0" : String(value);
  const [digits = "", exponent = ""] = size.toExponential().split("e");
  const sign = value < 0 ? "-" : "";
  const power = Number(exponent);
  if (power >= -15 && power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits.replace(".", "")}`;
  return `${sign}${digits}e${power}`;
}

const BYTES_OF_DIGITS = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/** Bytes of a part of a decimal: nine digits take four. */
const bytesOf = (digits: number) => Math.floor(digits / 9) * 4 + (BYTES_OF_DIGITS[digits % 9] ?? 0);

export const decimalBytes = (precision: number, scale: number): number =>
  bytesOf(precision - scale) + bytesOf(scale);

/** Exact: groups of nine digits, big-endian, the first bit turned, and all of a negative one. */
export function decodeDecimal(precision: number, scale: number): Decode {
  const whole = precision - scale;
  const groups: { bytes: number; digits: number; fraction: boolean }[] = [];
  if (whole % 9) groups.push({ bytes: BYTES_OF_DIGITS[whole % 9] ?? 0, digits: whole % 9, fraction: false });
  for (let i = 0; i < Math.floor(whole / 9); i++) groups.push({ bytes: 4, digits: 9, fraction: false });
  for (let i = 0; i < Math.floor(scale / 9); i++) groups.push({ bytes: 4, digits: 9, fraction: true });
  if (scale % 9) groups.push({ bytes: BYTES_OF_DIGITS[scale % 9] ?? 0, digits: scale % 9, fraction: true });
  return (cursor) => {
    const { bytes: b } = cursor;
    const positive = ((b[cursor.at] ?? 0) & 0x80) !== 0;
    let first = true;
    let ahead = "";
    let behind = "";
    for (const { bytes, digits, fraction } of groups) {
      let value = b.readUIntBE(cursor.at, bytes);
      cursor.at += bytes;
      const range = 2 ** (bytes * 8);
      // The turned bit is the highest of the first group, which never needs it.
      if (first) value = positive ? value - range / 2 : value + range / 2;
      if (!positive) value = range - 1 - value;
      first = false;
      if (fraction) behind += String(value).padStart(digits, "0");
      else if (ahead !== "") ahead += String(value).padStart(digits, "0");
      else if (value > 0) ahead = String(value);
    }
    const text = `${ahead || "0"}${scale > 0 ? `.${behind}` : ""}`;
    return positive ? text : `-${text}`;
  };
}

/** A BIT column of one bit is true or false, a longer one its bits. */
export function decodeBits(bits: number): Decode {
  const bytes = Math.ceil(bits / 8);
  return (cursor) => {
    let text = "";
    for (let i = 0; i < bytes; i++) text += (cursor.bytes[cursor.at + i] ?? 0).toString(2).padStart(8, "0");
    cursor.at += bytes;
    if (bits === 1) return text.endsWith("1") ? "true" : "false";
    return text.slice(-bits);
  };
}

export const decodeYear: Decode = (cursor) => {
  const years = cursor.bytes[cursor.at++] ?? 0;
  return years === 0 ? "0" : String(years + 1900);
};
