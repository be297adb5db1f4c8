import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowLines } from "./row-lines.ts";

const FULL = 0xffffff;

/** A payload as packets: what is longer than one goes on in the next, and a full one is followed by another. */
function packets(payload: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0, last = FULL; last === FULL; at += last) {
    last = Math.min(FULL, payload.length - at);
    const header = Buffer.alloc(4);
    header.writeUIntLE(last, 0, 3);
    parts.push(header, payload.subarray(at, at + last));
  }
  return Buffer.concat(parts);
}

function prefixed(value: Buffer): Buffer {
  const { length } = value;
  if (length < 251) return Buffer.concat([Buffer.from([length]), value]);
  const [mark, bytes] = length < 65_536 ? [0xfc, 2] : length <= FULL ? [0xfd, 3] : [0xfe, 8];
  const prefix = Buffer.alloc(1 + bytes);
  prefix[0] = mark;
  prefix.writeUIntLE(length, 1, Math.min(bytes, 6));
  return Buffer.concat([prefix, value]);
}

const EOF = packets(Buffer.from([0xfe, 0, 0, 2, 0]));

const result = (rows: Buffer[]): Buffer =>
  Buffer.concat([
    ...[packets(Buffer.from([1])), packets(Buffer.from("\x03def\0\0\0\x04line")), EOF],
    ...[...rows.map((row) => packets(prefixed(row))), EOF],
  ]);

function parsed(wire: Buffer, sizes: readonly number[]): { text: Buffer; rows: number; ended: boolean } {
  const lines = rowLines();
  const out: Buffer[] = [];
  for (let at = 0, n = 0; at < wire.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    out.push(Buffer.from(lines.push(Buffer.from(wire.subarray(at, at + size)))));
    at += size;
  }
  return { text: Buffer.concat(out), rows: lines.rows(), ended: lines.ended() };
}

describe("rows of one column on the wire", () => {
  it("come out whole, wherever the network cuts them", () => {
    const row = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
      fc.integer({ min: 245, max: 260 }).map((length) => new Uint8Array(length).fill(0xfe)),
      fc.integer({ min: 65_530, max: 65_540 }).map((length) => new Uint8Array(length).fill(0xff)),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 });
    const tiny = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.oneof(sizes, tiny), (rows, cuts) => {
        const values = rows.map((each) => Buffer.from(each));
        const found = parsed(result(values), cuts);
        expect(found.text.equals(Buffer.concat(values))).toBe(true);
        expect(found).toMatchObject({ rows: values.length, ended: true });
      }),
      { numRuns: 150 },
    );
  });

  it.each([FULL - 4, FULL - 9, FULL, FULL * 2 - 9])("go on over several packets: %i bytes", (length) => {
    const values = [Buffer.from("before\n"), Buffer.alloc(length, "x"), Buffer.from("after\n")];
    const found = parsed(result(values), [65_536]);
    expect(found.text.equals(Buffer.concat(values))).toBe(true);
    expect(found).toMatchObject({ rows: 3, ended: true });
  });

  it("end with the server's error, in the middle or at once", () => {
    const error = packets(Buffer.concat([Buffer.from([0xff, 0x2d, 0x05]), Buffer.from("#70100stopped")]));
    const expected = expect.objectContaining({ errno: 1325, message: "stopped" });
    expect(() => parsed(error, [3])).toThrow(expected);
    const rows = result([Buffer.from("a\n")]);
    expect(() => parsed(Buffer.concat([rows.subarray(0, -EOF.length), error]), [5])).toThrow(expected);
  });

  it("refuse a row that the server could not build", () => {
    const rows = result([Buffer.from("a\n")]).subarray(0, -EOF.length);
    const wire = Buffer.concat([rows, packets(Buffer.from([0xfb])), EOF]);
    expect(() => parsed(wire, [7])).toThrow(
      expect.objectContaining({ code: "row_too_long", place: expect.objectContaining({ row: 2 }) }),
    );
  });
});
