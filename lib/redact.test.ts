import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSecretField, REDACTED, redact, redactText } from "./redact.ts";

const canary = "c4n4ryS3cr3tValue0123456789";

describe("redactText", () => {
  it.each([
    ["a URL's password", `postgres://app:${canary}@db.example.org/sales`],
    ["a bearer token", `Authorization: Bearer ${canary}`],
    ["a password in words", `password=${canary} and more`],
    ["a quoted password", `{"password": "${canary}"}`],
    ["a password in a sentence", `my password is ${canary} by the way`],
    ["an API key", `use sk-${canary} please`],
    ["a variable of libpq", `PGPASSWORD=${canary} psql -h db`],
    ["a variable of one's own", `export myDbPassword='${canary}'`],
    ["one of our own keys", `curl -H "Authorization: Bearer pk_${canary}"`],
    ["basic credentials", `basic ${canary}`],
    ["a gateway key of ours", `gw_${canary}`],
    ["a forge's token", `ghp_${canary}`],
    ["a chat's token", `xoxb-${canary}`],
    ["a web token", `eyJhbGciOiJIUzI1NiJ9.${canary}.${canary}`],
    ["a password by its short names", `pwd=${canary} passwd=${canary}`],
    ["a token by name", `token: ${canary}`],
    ["a secret access key by name", `secret_access_key: ${canary}`],
    ["a PEM block", `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`],
    ["a PEM block cut short", `-----BEGIN PRIVATE KEY-----\n${canary}`],
  ])("removes %s", (_name, text) => {
    expect(redactText(text)).not.toContain(canary);
    expect(redactText(text)).toContain(REDACTED);
  });

  it.each(["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"])("removes the access key id %s", (key) => {
    expect(redactText(`my key is ${key}.`)).toBe(`my key is ${REDACTED}.`);
  });

  it.each([
    "the password is wrong",
    "deduplicate on the key order_id",
    "Add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders, upsert on order_id at 06:00",
  ])("leaves ordinary words as they are: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("redact", () => {
  it("removes secret fields at any depth and keeps keys that only sound like one", () => {
    const value = {
      a: [{ password: canary, apiKey: canary, upsertKey: ["id"], primaryKey: "id", tokensUsed: 12 }],
    };
    expect(redact(value)).toEqual({
      a: [{ password: REDACTED, apiKey: REDACTED, upsertKey: ["id"], primaryKey: "id", tokensUsed: 12 }],
    });
  });

  it("passes nothing on that lies deeper than it looks", () => {
    const nest = (levels: number, inner: unknown): unknown =>
      levels === 0 ? inner : { in: nest(levels - 1, inner) };
    expect(redact(nest(12, { note: "kept" }))).toEqual(nest(12, { note: "kept" }));
    expect(redact(nest(13, { password: canary }))).toEqual(nest(13, REDACTED));
    expect(redact(nest(13, [canary]))).toEqual(nest(13, REDACTED));
    expect(redact(nest(13, 7))).toEqual(nest(13, 7));
    const ring: Record<string, unknown> = { password: canary };
    ring.self = ring;
    expect(JSON.stringify(redact(ring))).not.toContain(canary);
  });

  it("never lets the value of a secret field through", () => {
    const names = fc.constantFrom(
      "password",
      "secret",
      "client_secret",
      "api_key",
      "accessKey",
      "authorization",
      "token",
    );
    fc.assert(
      fc.property(
        names,
        fc.string({ minLength: 12 }).filter((text) => text.trim().length > 11),
        (name, secret) => {
          expect(isSecretField(name)).toBe(true);
          expect(redact({ deep: { [name]: secret } })).toEqual({ deep: { [name]: REDACTED } });
        },
      ),
    );
  });
});
