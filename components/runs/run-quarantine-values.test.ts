import { describe, expect, it } from "vitest";
import { fieldsOf, sameValue, typedValue } from "./run-quarantine-values.ts";

const columns = ["id bigint", "mail string", "mail_2 string", "amount integer"].map((text) => {
  const [name = "", type = ""] = text.split(" ");
  return { name, type };
});
const row = { id: "1", mail: "x", mail_2: "y", amount: 5 };
const names = (rule: string, reason: string) =>
  fieldsOf({ rule, reason, row, edited: null, columns }).map(({ name, failed }) => [
    name,
    failed !== undefined,
  ]);

describe("fieldsOf", () => {
  it("puts the field that failed first, found by the rule or by what the reason begins with", () => {
    expect(names("type:amount", "amount does not fit integer exactly")[0]).toEqual(["amount", true]);
    expect(names("cast:mail", "mail does not fit date exactly")[0]).toEqual(["mail", true]);
    expect(names("r1", "mail_2 does not hold email")[0]).toEqual(["mail_2", true]);
    expect(names("r1", "something else")).toEqual(columns.map(({ name }) => [name, false]));
  });

  it("shows a change over what the field was, and NULL as a change of its own", () => {
    const edited = { mail: null, amount: 7 };
    const fields = fieldsOf({ rule: "r", reason: "", row, edited, columns });
    expect(fields.map(({ original, value }) => [original, value])).toEqual([
      ["1", "1"],
      ["x", null],
      ["y", "y"],
      [5, 7],
    ]);
  });
});

describe("typedValue", () => {
  it("takes nothing typed for no value, except where an empty text is one", () => {
    expect([typedValue("", "integer"), typedValue("", "string"), typedValue("", "json")]).toEqual([
      null,
      "",
      null,
    ]);
  });

  it("takes JSON as what it says, and anything else as it was typed", () => {
    expect([typedValue('{"a":1}', "json"), typedValue("{a", "json"), typedValue("007", "integer")]).toEqual([
      { a: 1 },
      "{a",
      "007",
    ]);
  });
});

it("sameValue tells no value from an empty one, and not 7 from its text", () => {
  expect([
    sameValue(7, "7"),
    sameValue(null, ""),
    sameValue(null, null),
    sameValue({ a: 1 }, { a: 1 }),
  ]).toEqual([true, false, true, true]);
});
