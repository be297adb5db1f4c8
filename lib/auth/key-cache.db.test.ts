import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sha256 } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { createApiKey, revokeApiKey } from "./api-keys.ts";
import { authenticate } from "./authenticate.ts";
import { findKey } from "./key-cache.ts";

/** The client, with every look at the table of keys counted. */
function counting(db: Db): { db: Db; looks: () => number } {
  let looks = 0;
  const counted = db.$extends({
    query: {
      apiKey: {
        findUnique: ({ args, query }) => {
          looks += 1;
          return query(args);
        },
      },
    },
  });
  return { db: counted as unknown as Db, looks: () => looks };
}

withDatabase("keys that were looked up", ({ testCtx }) => {
  const ask = (db: Db, secret: string) =>
    authenticate(db, { headers: new Headers({ authorization: `Bearer ${secret}` }) });
  const unauthenticated = expect.objectContaining({ code: "unauthenticated" });

  // Only the clock stands still: what a busy machine needs for a look is no time that a key is trusted for.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  test("many requests at once, and those after them, look a key up once", async () => {
    const ctx = await testCtx();
    const { secret } = await createApiKey({ ctx, input: { name: "K" } });
    const { db, looks } = counting(ctx.db);
    await Promise.all(Array.from({ length: 50 }, () => ask(db, secret)));
    await ask(db, secret);
    expect(looks()).toBe(1);
  });

  test("a key changed behind our back counts anew once its trust has run out", async () => {
    const ctx = await testCtx();
    const { id, secret } = await createApiKey({ ctx, input: { name: "K" } });
    expect((await ask(ctx.db, secret)).tenant).toBe(ctx.tenant);
    await ctx.db.apiKey.update({ where: { id }, data: { revokedAt: new Date() } });
    vi.advanceTimersByTime(limits.keyTrustMs - 1);
    expect((await ask(ctx.db, secret)).tenant).toBe(ctx.tenant);
    vi.advanceTimersByTime(1);
    await expect(ask(ctx.db, secret)).rejects.toEqual(unauthenticated);
  });

  test("an expiry counts to the moment, also while the key is trusted", async () => {
    const ctx = await testCtx();
    const { id, secret } = await createApiKey({ ctx, input: { name: "K" } });
    const expiresAt = new Date(Date.now() + 200);
    await ctx.db.apiKey.update({ where: { id }, data: { expiresAt } });
    const { db, looks } = counting(ctx.db);
    await ask(db, secret);
    vi.advanceTimersByTime(199);
    await ask(db, secret);
    vi.advanceTimersByTime(1);
    await expect(ask(db, secret)).rejects.toEqual(unauthenticated);
    expect(looks()).toBe(1);
  });

  test("a key revoked while it is being looked up is not trusted afterwards", async () => {
    const ctx = await testCtx();
    const { id, secret } = await createApiKey({ ctx, input: { name: "K" } });
    const [row] = await Promise.all([findKey(ctx.db, sha256(secret)), revokeApiKey({ ctx, id })]);
    expect(row?.id).toBe(id);
    await expect(ask(ctx.db, secret)).rejects.toEqual(unauthenticated);
  });

  test("a key that did not exist is found as soon as it does", async () => {
    const ctx = await testCtx();
    const { id, secret } = await createApiKey({ ctx, input: { name: "K" } });
    const where = { id };
    const { hash } = await ctx.db.apiKey.update({ where, data: { hash: sha256(`${secret}-not-yet`) } });
    await expect(ask(ctx.db, secret)).rejects.toEqual(unauthenticated);
    expect(hash).not.toBe(sha256(secret));
    await ctx.db.apiKey.update({ where, data: { hash: sha256(secret) } });
    expect((await ask(ctx.db, secret)).actor.id).toBe(id);
  });
});
