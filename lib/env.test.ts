import { describe, expect, it } from "vitest";
import { readEnv } from "./env.ts";

const key = "k".repeat(32);

describe("readEnv", () => {
  it("needs nothing at all for the embedded database", () => {
    expect(readEnv({})).toMatchObject({ PORT: 3000, embedded: true, PENSTOCK_WORKER: "inside" });
  });

  it("treats an empty variable as absent", () => {
    expect(readEnv({ PORT: "", DATABASE_URL: "" })).toMatchObject({ PORT: 3000, embedded: true });
  });

  it("names every variable that is wrong", () => {
    const read = () => readEnv({ PORT: "http", DATABASE_URL: "mysql://x", PENSTOCK_AI_PROVIDER: "oracle" });
    expect(read).toThrow(/PORT/);
    expect(read).toThrow(/DATABASE_URL must start with postgres/);
    expect(read).toThrow(/PENSTOCK_AI_PROVIDER/);
  });

  it("refuses a server database without a secret key", () => {
    expect(() => readEnv({ DATABASE_URL: "postgres://localhost/penstock" })).toThrow(
      /PENSTOCK_SECRET_KEY is required/,
    );
    expect(
      readEnv({ DATABASE_URL: "postgres://localhost/penstock", PENSTOCK_SECRET_KEY: key }).embedded,
    ).toBe(false);
  });

  it("takes an embedding model only with a provider that can be reached", () => {
    const model = { PENSTOCK_EMBEDDING_MODEL: "m" };
    const own = { ...model, PENSTOCK_EMBEDDING_PROVIDER: "openai" };
    expect(() => readEnv(model)).toThrow(/PENSTOCK_EMBEDDING_PROVIDER is required/);
    expect(() => readEnv({ ...model, PENSTOCK_AI_PROVIDER: "anthropic" })).toThrow(/EMBEDDING_PROVIDER/);
    expect(() => readEnv({ PENSTOCK_EMBEDDING_KEY: "k" })).toThrow(/EMBEDDING_PROVIDER/);
    expect(() => readEnv({ ...own, PENSTOCK_AI_KEY: "k" })).toThrow(/PENSTOCK_EMBEDDING_KEY is required/);
    expect(() => readEnv({ ...model, PENSTOCK_AI_PROVIDER: "openai-compatible" })).toThrow(/AI_BASE_URL/);
    expect(readEnv({ ...own, PENSTOCK_EMBEDDING_KEY: "k" }).PENSTOCK_EMBEDDING_MODEL).toBe("m");
    const shared = { ...model, PENSTOCK_AI_PROVIDER: "openai", PENSTOCK_AI_KEY: "k" };
    expect(readEnv(shared).PENSTOCK_EMBEDDING_MODEL).toBe("m");
  });

  it("refuses half a single sign-on configuration", () => {
    expect(() => readEnv({ OIDC_ISSUER: "https://id.example.org" })).toThrow(/OIDC_CLIENT_SECRET/);
  });
});
