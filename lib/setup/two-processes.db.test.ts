import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import type { SpeakerOrder, SpeakerReport } from "../../tests/setup-speaker.ts";
import { createSession } from "./create-session.ts";
import { getSession } from "./get-session.ts";

withDatabase("a conversation in several processes", ({ engine, database, testCtx }) => {
  const words = ["mysql", "postgres", "s3"];
  const titles: Record<string, string> = { mysql: "MySQL", postgres: "PostgreSQL", s3: "Amazon S3" };
  const orderOf = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      message: words[at % words.length] ?? "",
      key: uniqueId("k"),
    }));

  test.skipIf(engine === "embedded")("is answered message by message, whoever it reaches", async () => {
    const ctx = await testCtx();
    const { session_id: id } = await createSession({ ctx });
    const common = { tenant: ctx.tenant, actor: ctx.actor, id };
    const shared = orderOf(4);
    const orders = Array.from({ length: 3 }, () => ({ ...common, messages: [...orderOf(8), ...shared] }));
    const reports = await speak(orders, async () => undefined);
    const answered = new Map(reports.flatMap(({ replies }) => Object.entries(replies)));
    expect(answered.size).toBe(3 * 8 + 4);
    expect(reports.every(({ replies }) => Object.keys(replies).length === 12)).toBe(true);
    const { history, busy } = await getSession({ ctx, id });
    expect([busy, history.length]).toEqual([false, 1 + 3 * 8 + 4]);
    for (const { said, reply } of history.slice(1)) expect(reply?.message).toContain(titles[said ?? ""]);
    for (const { seq, message } of answered.values())
      expect(history.find((turn) => turn.seq === seq)?.reply?.message).toBe(message);
    // Each answer is to the state that the one before it left: choosing another connector says so.
    const chosen = history.slice(1).map(({ said }) => said ?? "");
    for (const [at, turn] of history.slice(2).entries())
      if (chosen[at + 1] !== chosen[at])
        expect(turn.reply?.message).toContain(`${titles[chosen[at + 1] ?? ""]} then.`);
  });

  test.skipIf(engine === "embedded")("goes on when some of them are killed", async () => {
    const ctx = await testCtx();
    const { session_id: id } = await createSession({ ctx });
    const common = { tenant: ctx.tenant, actor: ctx.actor, id };
    const orders = Array.from({ length: 2 }, () => ({ ...common, messages: orderOf(40) }));
    await speak(orders, async (children) => {
      await expect
        .poll(() => ctx.db.setupMessage.count({ where: { sessionId: id } }), { interval: 2 })
        .toBeGreaterThan(5);
      for (const child of children) child.kill("SIGKILL");
    });
    await ctx.db.setupSession.updateMany({
      where: { id, leaseToken: { not: null } },
      data: { leaseUntil: new Date(Date.now() - 1) },
    });
    // Whoever speaks next answers those who were left without an answer first.
    const [last] = await speak([{ ...common, messages: orderOf(1) }], async () => undefined);
    const { history, busy } = await getSession({ ctx, id });
    expect(busy).toBe(false);
    expect(Object.values(last?.replies ?? {}).map(({ seq }) => seq)).toEqual([history.at(-1)?.seq]);
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, at) => at));
    for (const { said, reply } of history.slice(1)) expect(reply?.message).toContain(titles[said ?? ""]);
  });

  /** Lets processes speak at the same moment; those that were killed report nothing. */
  async function speak(orders: SpeakerOrder[], meanwhile: (children: ChildProcess[]) => Promise<void>) {
    const folder = mkdtempSync(path.join(tmpdir(), "penstock-speakers-"));
    const env = {
      ...process.env,
      DATABASE_URL: String(database().pool.options.connectionString),
      PENSTOCK_SECRET_KEY: "the same on every node of this test",
      PENSTOCK_DATA_DIR: folder,
    };
    const children = orders.map(() =>
      fork("tests/setup-speaker.ts", { env, execArgv: ["--disable-warning=ExperimentalWarning"] }),
    );
    try {
      await Promise.all(children.map(nextMessage));
      const speaking = children.map(nextMessage);
      for (const [at, child] of children.entries()) child.send(orders[at] as SpeakerOrder);
      await Promise.all(speaking);
      const reports = children.map(nextMessage);
      await meanwhile(children);
      return (await Promise.all(reports)).filter((one): one is SpeakerReport => one !== undefined);
    } finally {
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  }
});

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once("message", resolve);
    child.once("exit", () => resolve(undefined));
  });
}
