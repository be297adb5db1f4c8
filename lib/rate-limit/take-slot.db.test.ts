import { expect, test } from "vitest";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { clearSlots, takeSlot } from "./take-slot.ts";

withDatabase("takeSlot", ({ database }) => {
  const backdate = (key: string, seconds: number) =>
    database().pool.query(
      `update "RateLimitHit" set "at" = "at" - make_interval(secs => $2) where "key" = $1`,
      [key, seconds],
    );

  test("gives exactly the limit, however many ask at once", async () => {
    const { db } = database();
    const slot = { key: uniqueId("rate"), limit: 5, windowMs: 60_000 };
    const results = await Promise.all(Array.from({ length: 20 }, () => takeSlot(db, slot)));
    expect(results.filter((result) => result.ok)).toHaveLength(5);
    expect(await db.rateLimitHit.count({ where: { key: slot.key } })).toBe(5);
  });

  test("says how long until the oldest leaves the window", async () => {
    const { db } = database();
    const slot = { key: uniqueId("rate"), limit: 2, windowMs: 60_000 };
    expect(await takeSlot(db, slot)).toEqual({ ok: true, remaining: 1 });
    await backdate(slot.key, 40);
    expect(await takeSlot(db, slot)).toEqual({ ok: true, remaining: 0 });
    const refused = await takeSlot(db, slot);
    expect(refused.ok).toBe(false);
    if (!refused.ok) expect(refused.retryAfterSeconds).toBeGreaterThan(15);
    if (!refused.ok) expect(refused.retryAfterSeconds).toBeLessThanOrEqual(20);
  });

  test("slides: what is older than the window no longer counts, what is younger still does", async () => {
    const { db } = database();
    const slot = { key: uniqueId("rate"), limit: 2, windowMs: 60_000 };
    await takeSlot(db, slot);
    await backdate(slot.key, 61);
    await takeSlot(db, slot);
    expect((await takeSlot(db, slot)).ok).toBe(true);
    expect((await takeSlot(db, slot)).ok).toBe(false);
  });

  test("counts keys apart and gives slots back", async () => {
    const { db } = database();
    const [one, other] = [uniqueId("rate"), uniqueId("rate")];
    expect((await takeSlot(db, { key: one, limit: 1, windowMs: 60_000 })).ok).toBe(true);
    expect((await takeSlot(db, { key: other, limit: 1, windowMs: 60_000 })).ok).toBe(true);
    await clearSlots(db, one);
    expect((await takeSlot(db, { key: one, limit: 1, windowMs: 60_000 })).ok).toBe(true);
    expect((await takeSlot(db, { key: other, limit: 1, windowMs: 60_000 })).ok).toBe(false);
  });

  test("removes what nobody asks about any more", async () => {
    const { db } = database();
    await db.rateLimitHit.deleteMany();
    const old = uniqueId("rate");
    await takeSlot(db, { key: old, limit: 5, windowMs: 60_000 });
    await backdate(old, 2 * 24 * 3600);
    await takeSlot(db, { key: uniqueId("rate"), limit: 5, windowMs: 60_000 });
    expect(await db.rateLimitHit.count({ where: { key: old } })).toBe(0);
  });
});
