import { describe, expect, it } from "vitest";
import { hmac, keyFor, randomToken, sameSecret, seal, unseal } from "./crypto.ts";

const row = { tenant: "t_a", id: "row-1" };

describe("seal", () => {
  it("opens for the tenant and row it was bound to", () => {
    expect(unseal(seal("pässword", row), row).toString()).toBe("pässword");
  });

  it.each([
    ["another tenant", { tenant: "t_b", id: "row-1" }],
    ["another row", { tenant: "t_a", id: "row-2" }],
    ["the same letters split differently", { tenant: 't_a","row', id: "-1" }],
  ])("does not open for %s", (_name, other) => {
    expect(() => unseal(seal("secret", row), other)).toThrow();
  });

  it("notices any changed byte", () => {
    const blob = seal("secret", row);
    for (let at = 0; at < blob.length; at++) {
      const copy = Buffer.from(blob);
      copy[at] = (copy[at] ?? 0) ^ 1;
      expect(() => unseal(copy, row), `byte ${at}`).toThrow();
    }
  });

  it("never gives the same blob twice", () => {
    expect(seal("secret", row).equals(seal("secret", row))).toBe(false);
  });
});

describe("keys", () => {
  it("differ by purpose and stay the same within one deployment", () => {
    expect(keyFor("seal").equals(keyFor("audit"))).toBe(false);
    expect(hmac("audit", "x")).toBe(hmac("audit", "x"));
    expect(hmac("audit", "x")).not.toBe(hmac("session", "x"));
  });

  it("makes tokens that are long and different", () => {
    expect(randomToken("pk_")).toMatch(/^pk_[A-Za-z0-9_-]{43}$/);
    expect(randomToken()).not.toBe(randomToken());
  });

  it("compares secrets of any length", () => {
    expect(sameSecret("a", "a")).toBe(true);
    expect(sameSecret("a", "ab")).toBe(false);
  });
});
