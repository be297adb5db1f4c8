import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIrType } from "#lib/ir/index.ts";
import { inferType } from "./infer-types.ts";

const NULL = undefined;

describe("inferType", () => {
  it.each<[string, (string | undefined)[], string]>([
    ["nothing at all", [], "string"],
    ["only NULLs", [NULL, NULL], "string"],
    ["true and false", ["true", NULL, "false"], "boolean"],
    ["other spellings of truth", ["yes", "no"], "string"],
    ["0 and 1", ["0", "1"], "bigint"],
    ["whole numbers", ["-5", "0", NULL, "2147483648"], "bigint"],
    ["leading zeros", ["007", "123"], "string"],
    ["a leading plus", ["+7"], "string"],
    ["spaces", ["1", " 2"], "string"],
    ["thousands", ["1,000"], "string"],
    ["the largest bigint", ["9223372036854775807"], "bigint"],
    ["one more", ["9223372036854775808", "1"], "decimal(38,0)"],
    ["34 digits", ["1".repeat(34)], "decimal(38,0)"],
    ["35 digits", ["1".repeat(35)], "string"],
    ["prices", ["1.50", "1234567.25", NULL], "decimal(18,2)"],
    ["amounts of four decimals", ["-0.1234", "12.0000"], "decimal(18,4)"],
    ["many digits, the same decimals", ["12345678901234567890.12"], "decimal(26,2)"],
    ["one decimal everywhere", ["1.5", "2.0"], "double"],
    ["decimals of different length", ["1.50", "1.5"], "double"],
    ["some without decimals", ["1.50", "2"], "double"],
    ["latitudes", ["52.520008", "13.4"], "double"],
    ["exponents", ["1e-3", "2.5E10"], "double"],
    ["more digits than a double keeps", ["0.1234567890123456", "1.5"], "string"],
    ["leading zeros with decimals", ["01.50"], "string"],
    ["no digit before the point", [".50", ".25"], "string"],
    ["not a number", ["NaN", "1.5"], "string"],
    ["days", ["2024-02-29", NULL, "0001-01-01"], "date"],
    ["a day that is none", ["2024-02-30", "2024-02-01"], "string"],
    ["days written otherwise", ["29.02.2024"], "string"],
    ["days written as in America", ["02/29/2024"], "string"],
    ["moments", ["2024-02-29 10:00", "2024-02-29T10:00:00.123456"], "timestamp"],
    ["moments with a zone", ["2024-02-29T10:00:00Z", "2024-02-29 10:00:00+02:00"], "timestamptz"],
    ["some moments with a zone", ["2024-02-29T10:00:00Z", "2024-02-29 10:00"], "string"],
    ["days and moments", ["2024-02-29", "2024-02-29 10:00"], "string"],
    ["a number and a word", ["1", "one"], "string"],
  ])("%s", (_title, values, type) => {
    expect(inferType(values)).toBe(type);
  });

  it("names only types of an IR, and leaves zeros in front to text, whatever it sees", () => {
    const value = fc.oneof(
      fc.stringMatching(/^-?\d{1,40}(\.\d{1,12})?$/),
      fc.constantFrom("true", "2024-01-01", "", "1e5", "-0", "00"),
    );
    fc.assert(
      fc.property(fc.array(fc.option(value, { nil: undefined }), { maxLength: 6 }), (values) => {
        const type = inferType(values);
        expect(parseIrType(type).ok).toBe(true);
        if (values.some((text) => text !== undefined && /^-?0\d/.test(text))) expect(type).toBe("string");
      }),
    );
  });
});
