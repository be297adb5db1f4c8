import fc from "fast-check";
import { expect, test } from "vitest";
import { QuoteCheck } from "./pass-through.ts";

const regular = (text: string, cut: number) => {
  const check = new QuoteCheck();
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; at += cut) check.take(bytes.subarray(at, at + cut));
    check.end();
    return true;
  } catch {
    return false;
  }
};

test.each(["a,b\n", '"a","b ""c"""\n', '"",""\n', '"a\n,b",c\r\n', '1,"x"'])(
  "takes %j for regular, however it is cut",
  (text) => {
    for (let cut = 1; cut <= text.length; cut++) expect(regular(text, cut)).toBe(true);
  },
);

test.each(['a"b,c\n', ' "a",b\n', '"a"b,c\n', '"a,b\n', '"a" ,b\n'])(
  "notices %j, however it is cut",
  (text) => {
    for (let cut = 1; cut <= text.length; cut++) expect(regular(text, cut)).toBe(false);
  },
);

test("any quoted values are regular", () => {
  const value = fc.string({ unit: fc.constantFrom('"', ",", "\n", "a", "\r") });
  fc.assert(
    fc.property(fc.array(fc.array(value, { minLength: 1 })), fc.integer({ min: 1, max: 9 }), (rows, cut) => {
      const text = rows
        .map((row) => `${row.map((v) => `"${v.replaceAll('"', '""')}"`).join(",")}\n`)
        .join("");
      expect(regular(text, cut)).toBe(true);
    }),
  );
});
