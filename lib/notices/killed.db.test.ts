import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import path from "node:path";
import { expect, inject, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { type Database, openEmbedded } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { aPipeline, failedRun, timePasses } from "#tests/notice-kit.ts";
import { type Receiver, startReceiver } from "#tests/servers/receiver.ts";
import { createChannel } from "./create-channel.ts";
import { keepNotices } from "./keep-notices.ts";
import { listDeliveries } from "./list-deliveries.ts";

/** A process has to start, and on a busy machine that takes its time. */
const LONG_MS = 60_000;
const until = (check: () => unknown) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout: LONG_MS, interval: 20 });

/** Starts a sender in a process of its own, and kills it as a power cut would as soon as the receiver has got a message. */
async function killWhileSending(place: string, receiver: Receiver): Promise<void> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "tests/notice-sender.ts", place],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await until(() => receiver.received.length > 0);
  child.kill("SIGKILL");
  await exited;
}

async function failOnce(ctx: Ctx, { url }: Receiver): Promise<string> {
  const { id } = await createChannel({
    ctx,
    input: { name: "hook", kind: "webhook", config: { url }, topics: ["run.failed"] },
  });
  await failedRun(ctx, await aPipeline(ctx));
  return id;
}

/** Another sender takes up what was left, and the receiver can tell that it is the same message. */
async function takenUp(ctx: Ctx, { db }: Database, id: string, receiver: Receiver): Promise<void> {
  expect((await listDeliveries({ ctx, id })).data).toMatchObject([{ status: "waiting", attempts: 1 }]);
  await timePasses(ctx);
  const { stop } = keepNotices(db);
  await until(async () => (await listDeliveries({ ctx, id })).data[0]?.status === "delivered");
  await stop();
  expect((await listDeliveries({ ctx, id })).data).toHaveLength(1);
  expect(receiver.received).toHaveLength(2);
  const [first, second] = receiver.received;
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.text).toBe(first?.text);
}

withDatabase("a killed sender", ({ engine, database, testCtx }) => {
  test("leaves its message to the next one", { timeout: 2 * LONG_MS }, async () => {
    const receiver = await startReceiver();
    receiver.answers.push("hang");
    try {
      if (engine === "postgres") {
        const ctx = await testCtx();
        const id = await failOnce(ctx, receiver);
        await killWhileSending(database().pool.options.connectionString ?? "", receiver);
        await takenUp(ctx, database(), id, receiver);
        return;
      }
      const folder = mkdtempSync(path.join(inject("temporaryFolder"), "notices-"));
      const tenant = uniqueId("t");
      const ctxOf = ({ db }: Database): Ctx => ({
        ...{ tenant, actor: { id: "u", kind: "user" }, roles: ["ROLE_ADMIN"], requestId: tenant, db },
      });
      const before = await openEmbedded(folder);
      await migrate(before.pool, path.resolve("prisma/migrations"));
      const id = await failOnce(ctxOf(before), receiver);
      await before.close();
      await killWhileSending(folder, receiver);
      const after = await openEmbedded(folder);
      await takenUp(ctxOf(after), after, id, receiver);
      await after.close();
    } finally {
      await receiver.stop();
    }
  });
});
