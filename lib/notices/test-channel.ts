import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { networkFinding, openSocket } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { reach } from "#lib/outbound.ts";
import { deliver } from "./deliver.ts";
import { findChannel, type OpenedChannel, openChannel } from "./load-channel.ts";
import type { Notice } from "./notice.ts";
import type { Outcome, Sent } from "./outcome.ts";
import { placeOf } from "./place.ts";
import { type ChannelTest, TestChannelInput } from "./schema.ts";
import { type EmailChannel, mailFault, mailThrough, withTransport } from "./send-mail.ts";
import { wordsOf } from "./words.ts";

type Stage = ChannelTest["stages"][number]["stage"];
type Fault = { error: string; field?: string };
/** One stage: it says what it found, or what is wrong. */
type Try = { stage: Stage; run: () => Promise<string | Fault> };

/** Tries a saved channel with a message that says it is a test. @throws AppError `permission_denied`, `channel_not_found` */
export async function testChannel({ ctx, id }: { ctx: Ctx; id: string }): Promise<ChannelTest> {
  requirePermission(ctx, "settings.write");
  return tryChannel(ctx, openChannel(await findChannel(ctx.db, ctx.tenant, id)));
}

/** Tries a channel that is not saved yet. @throws AppError `permission_denied` */
export async function testChannelDraft({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof TestChannelInput>;
}): Promise<ChannelTest> {
  requirePermission(ctx, "settings.write");
  const { secret, ...draft } = TestChannelInput.parse(input);
  return tryChannel(ctx, { secret, ...draft });
}

async function tryChannel(ctx: Ctx, channel: OpenedChannel): Promise<ChannelTest> {
  const signal = AbortSignal.timeout(limits.noticeMs);
  const sent = testMessage(ctx, channel);
  const sending: Try[] =
    channel.kind === "email"
      ? [
          { stage: "sign_in", run: () => signIn(channel, signal) },
          { stage: "send", run: () => mail(channel, sent, signal) },
        ]
      : [{ stage: "send", run: async () => post(channel, sent, signal) }];
  const stages: ChannelTest["stages"] = [];
  for (const { stage, run } of [...network(channel, signal), ...sending]) {
    const started = performance.now();
    const found = await run();
    const ms = Math.round(performance.now() - started);
    if (typeof found !== "string") {
      const { error: message, field } = found;
      return { ok: false, stages: [...stages, { stage, ok: false, message, ...(field && { field }), ms }] };
    }
    stages.push({ stage, ok: true, message: found, ms });
  }
  return { ok: true, stages };
}

/** What the receiver is sent. A collector of lineage gets nothing that it would keep: an object without members. */
function testMessage(ctx: Ctx, channel: OpenedChannel): Sent {
  const id = randomUUID();
  if (channel.kind === "openlineage") return { id, topic: "channel.test", body: {} };
  const summary = "This is a test: messages of Penstock arrive here";
  const body: Notice = {
    type: "channel.test",
    timestamp: new Date().toISOString(),
    data: { summary, tenant: ctx.tenant },
  };
  return { id, topic: "channel.test", body };
}

/** Its name, and its port. */
function network(channel: OpenedChannel, signal: AbortSignal): Try[] {
  const place = placeOf(channel);
  const fields = channel.kind === "email" ? {} : { host: "url", port: "url" };
  const attempt = (stage: "resolve" | "connect", run: () => Promise<string>) => ({
    stage,
    run: () =>
      run().catch((error: unknown) => {
        const found = networkFinding(stage, error, place, fields);
        return { error: found?.message ?? wordsOf(error), field: found?.field };
      }),
  });
  return [
    attempt("resolve", async () => `${place.host} is ${(await reach(place)).address}.`),
    attempt("connect", async () => {
      (await openSocket(await reach(place), signal)).destroy();
      return `Port ${place.port} answers.`;
    }),
  ];
}

async function signIn(channel: EmailChannel, signal: AbortSignal): Promise<string | Fault> {
  try {
    await withTransport(channel, signal, (transport) => transport.verify());
  } catch (error) {
    return mailFault(channel, error);
  }
  const { security, user } = channel.config;
  const how = security === "none" ? "not encrypted" : "encrypted";
  return `The mail server answers, ${how}${user === undefined ? "" : `, and took the password of ${user}`}.`;
}

async function mail(channel: EmailChannel, sent: Sent, signal: AbortSignal): Promise<string | Fault> {
  try {
    return said(await withTransport(channel, signal, (transport) => mailThrough(transport, channel, sent)));
  } catch (error) {
    return mailFault(channel, error);
  }
}

/** A collector that refuses what is no event is one that reads what it is sent. */
async function post(channel: OpenedChannel, sent: Sent, signal: AbortSignal): Promise<string | Fault> {
  const outcome = await deliver(channel, sent, signal);
  const refused = outcome.error !== undefined && (outcome.status === 400 || outcome.status === 422);
  if (channel.kind === "openlineage" && refused)
    return `The collector answered ${outcome.status} to an empty event, as it should.`;
  return said(outcome);
}

function said(outcome: Outcome): string | Fault {
  if (outcome.error !== undefined) return { error: outcome.error, field: outcome.field };
  return outcome.but ? { error: outcome.but, field: "to" } : outcome.taken;
}
