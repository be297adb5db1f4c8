import { describe, expect, it } from "vitest";
import { statementNames } from "./statement-names.ts";

describe("statementNames", () => {
  it("names what comes again, always alike, and nothing that came once", () => {
    const name = statementNames();
    expect(name({ sql: "select 1" })).toBeUndefined();
    const given = name({ sql: "select 1" });
    expect(given).toMatch(/^s_[\w-]{24}$/);
    expect(name({ sql: "select 1" })).toBe(given);
    expect(name({ sql: "select 2" })).toBeUndefined();
    expect(name({ sql: "select 2" })).not.toBe(given);
  });

  it("keeps within bounds: no long lists of values, and not without end", () => {
    const name = statementNames();
    const long = `select ${"1, ".repeat(10_000)}1`;
    name({ sql: long });
    expect(name({ sql: long })).toBeUndefined();
    const named = Array.from({ length: 1_000 }, (_, at) => {
      name({ sql: `select ${at}` });
      return name({ sql: `select ${at}` });
    });
    expect(new Set(named.filter(Boolean)).size).toBe(300);
  });
});
