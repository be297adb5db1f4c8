import { afterEach, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { startMailServer } from "#tests/servers/mailbox.ts";
import { startReceiver } from "#tests/servers/receiver.ts";
import { createChannel } from "./create-channel.ts";
import { deleteChannel } from "./delete-channel.ts";
import { getChannel } from "./get-channel.ts";
import { listChannels } from "./list-channels.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { findChannel, openChannel } from "./load-channel.ts";
import { retryDelivery } from "./retry-delivery.ts";
import type { CreateChannelInput, EmailConfig, TestChannelInput } from "./schema.ts";
import { testChannel, testChannelDraft } from "./test-channel.ts";
import { updateChannel } from "./update-channel.ts";

type Input = z.input<typeof CreateChannelInput>;
type Draft = z.input<typeof TestChannelInput>;

const SECRET = "a-secret-that-nobody-sees";
const webhook: Input = {
  name: "hook",
  kind: "webhook",
  config: { url: "https://hooks.example.org/penstock" },
  secret: SECRET,
  topics: ["run.failed"],
};
const mailConfig: EmailConfig = {
  ...{ host: "mail.example.org", port: 587, user: "ops" },
  ...{ from: "penstock@example.org", to: ["ops@example.org"], security: "starttls" },
};
const mail: Input = {
  name: "mail",
  kind: "email",
  config: mailConfig,
  secret: SECRET,
  topics: ["run.failed", "run.recovered"],
};
const collector: Input = {
  name: "collector",
  kind: "openlineage",
  config: { url: "https://lineage.example.org/api/v1/lineage" },
  secret: SECRET,
};

withDatabase("channels", ({ testCtx }) => {
  afterEach(() => vi.unstubAllEnvs());

  test("are saved with a sealed secret that no answer and no audit row holds", async () => {
    const ctx = await testCtx();
    for (const input of [webhook, mail, collector]) {
      const { id } = await createChannel({ ctx, input });
      const row = await findChannel(ctx.db, ctx.tenant, id);
      expect(openChannel(row).secret).toBe(SECRET);
      expect(() => openChannel({ ...row, id: "another" })).toThrow();
      expect(() => openChannel({ ...row, tenantId: "another" })).toThrow();
    }
    const shown = await listChannels({ ctx });
    expect(shown.data.map(({ name, hasSecret }) => [name, hasSecret])).toEqual([
      ["collector", true],
      ["hook", true],
      ["mail", true],
    ]);
    const audited = await ctx.db.auditContent.findMany({ where: { tenantId: ctx.tenant } });
    expect(audited.length).toBeGreaterThan(0);
    expect(JSON.stringify([shown, audited])).not.toContain(SECRET);
    await expect(createChannel({ ctx, input: webhook })).rejects.toMatchObject({ code: "already_exists" });
  });

  test("are changed in part, and forget or take a secret as they are told", async () => {
    const ctx = await testCtx();
    const { id } = await createChannel({ ctx, input: webhook });
    const changed = await updateChannel({
      ctx,
      id,
      input: { name: "renamed", topics: ["run.no_rows"], pipelines: ["orders"] },
    });
    expect(changed).toMatchObject({
      ...{ name: "renamed", topics: ["run.no_rows"], pipelines: ["orders"], hasSecret: true },
      config: webhook.config,
    });
    const moved = await updateChannel({ ctx, id, input: { config: { url: "https://other.example.org/" } } });
    expect(moved).toMatchObject({ config: { url: "https://other.example.org/" }, hasSecret: true });
    expect(await updateChannel({ ctx, id, input: { secret: null } })).toMatchObject({ hasSecret: false });
    const next = "another secret, also a long one";
    await updateChannel({ ctx, id, input: { secret: next } });
    expect(openChannel(await findChannel(ctx.db, ctx.tenant, id)).secret).toBe(next);
    await deleteChannel({ ctx, id });
    await expect(getChannel({ ctx, id })).rejects.toMatchObject({ code: "channel_not_found" });
  });

  test("send a kept password and a kept token nowhere else", async () => {
    const ctx = await testCtx();
    const [{ id }, { id: lineage }] = [
      await createChannel({ ctx, input: mail }),
      await createChannel({ ctx, input: collector }),
    ];
    for (const config of [
      { ...mailConfig, host: "elsewhere.example.org" },
      { ...mailConfig, port: 25 },
      { ...mailConfig, user: "root" },
    ])
      await expect(updateChannel({ ctx, id, input: { config } })).rejects.toMatchObject({
        code: "bad_request",
        extra: { issues: [{ path: "/secret" }] },
      });
    const url = "https://elsewhere.example.org/";
    await expect(updateChannel({ ctx, id: lineage, input: { config: { url } } })).rejects.toMatchObject({
      code: "bad_request",
    });
    const to = ["oncall@example.org"];
    expect(await updateChannel({ ctx, id, input: { config: { ...mailConfig, to } } })).toMatchObject({
      config: { to },
      hasSecret: true,
    });
    const given = { config: { ...mailConfig, host: "elsewhere.example.org" }, secret: "typed again" };
    expect(await updateChannel({ ctx, id, input: given })).toMatchObject({
      config: { host: "elsewhere.example.org" },
    });
  });

  test.each<[what: string, input: unknown]>([
    ["an address of a file", { ...webhook, config: { url: "file:///etc/passwd" } }],
    ["an address with a password", { ...webhook, config: { url: "https://me:secret@example.org/" } }],
    ["a short key", { ...webhook, secret: "short" }],
    ["a topic that there is not", { ...webhook, topics: ["run.exploded"] }],
    ["nobody to write to", { ...mail, config: { ...mailConfig, to: [] } }],
    [
      "a mailbox with a line end",
      { ...mail, config: { ...mailConfig, to: ["a@example.org\r\nBcc: b@example.org"] } },
    ],
    ["a password that is not encrypted", { ...mail, config: { ...mailConfig, security: "none" } }],
    ["topics of lineage", { ...collector, topics: ["run.failed"] }],
    ["another kind's configuration", { ...webhook, config: mailConfig }],
    ["something more", { ...webhook, surprise: true }],
  ])("refuse %s", async (_what, input) => {
    const ctx = await testCtx();
    await expect(createChannel({ ctx, input: input as Input })).rejects.toThrow();
    expect(await ctx.db.channel.count({ where: { tenantId: ctx.tenant } })).toBe(0);
  });

  test("belong to their tenant, and are changed by those who may", async () => {
    const [owner, stranger] = [await testCtx(), await testCtx()];
    const { id } = await createChannel({ ctx: owner, input: webhook });
    const { id: deliveryId } = await owner.db.delivery.create({
      data: { tenantId: owner.tenant, channelId: id, topic: "t", subject: "s", body: {} },
    });
    const own = { ctx: stranger, id };
    for (const attempt of [
      () => getChannel(own),
      () => updateChannel({ ...own, input: { name: "mine" } }),
      () => deleteChannel(own),
      () => testChannel(own),
      () => listDeliveries(own),
      () => retryDelivery({ ...own, deliveryId }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "channel_not_found" });
    expect((await listChannels({ ctx: stranger })).data).toEqual([]);
    const viewer: Ctx = { ...owner, roles: ["ROLE_VIEWER"] };
    for (const attempt of [
      () => createChannel({ ctx: viewer, input: mail }),
      () => updateChannel({ ctx: viewer, id, input: { name: "mine" } }),
      () => deleteChannel({ ctx: viewer, id }),
      () => testChannel({ ctx: viewer, id }),
      () =>
        testChannelDraft({
          ctx: viewer,
          input: { kind: "webhook", config: { url: "https://example.org/" } },
        }),
      () => retryDelivery({ ctx: viewer, id, deliveryId }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "permission_denied" });
    expect((await listChannels({ ctx: owner })).data).toMatchObject([{ name: "hook" }]);
  });

  test("are tried stage by stage, with what to fix", async () => {
    const ctx = await testCtx();
    const receiver = await startReceiver();
    const server = await startMailServer({ disabledCommands: ["STARTTLS"] });
    try {
      const hook = { kind: "webhook", config: { url: receiver.url } } as const;
      const good = await testChannelDraft({ ctx, input: hook });
      expect(good).toMatchObject({
        ok: true,
        stages: [{ stage: "resolve" }, { stage: "connect" }, { stage: "send" }],
      });
      expect(receiver.received).toMatchObject([{ body: { type: "channel.test" } }]);
      receiver.answers.push(404, 422, 401);
      const missing = await testChannelDraft({ ctx, input: hook });
      expect(missing.stages.at(-1)).toMatchObject({
        stage: "send",
        ok: false,
        message: "The receiver answered 404",
      });
      const lineage = { kind: "openlineage", config: { url: receiver.url } } as const;
      expect(await testChannelDraft({ ctx, input: lineage })).toMatchObject({ ok: true });
      expect(await testChannelDraft({ ctx, input: lineage })).toMatchObject({ ok: false });
      const plain: EmailConfig = {
        ...{ host: "127.0.0.1", port: server.port, from: "p@example.org", to: ["ops@example.org"] },
        security: "none",
      };
      const { id } = await createChannel({
        ctx,
        input: { name: "mail", kind: "email", config: plain, topics: ["run.failed"] },
      });
      expect(await testChannel({ ctx, id })).toMatchObject({ ok: true, stages: { length: 4 } });
      expect(server.mails).toHaveLength(1);
      const tls: EmailConfig = { ...plain, security: "tls" };
      const wrong = await testChannelDraft({ ctx, input: { kind: "email", config: tls } });
      expect(wrong.stages.at(-1)).toMatchObject({ stage: "sign_in", ok: false, field: "security" });
    } finally {
      await Promise.all([receiver.stop(), server.stop()]);
    }
    const gone = await testChannelDraft({ ctx, input: { kind: "webhook", config: { url: receiver.url } } });
    expect(gone).toMatchObject({
      ok: false,
      stages: [{ ok: true }, { stage: "connect", ok: false, field: "url" }],
    });
  });

  test("never reach what the outbound guard refuses", async () => {
    const ctx = await testCtx();
    for (const host of ["169.254.169.254", "[fd00:ec2::254]"])
      for (const input of [
        { kind: "webhook", config: { url: `http://${host}/latest` } },
        { kind: "email", config: { ...mailConfig, host } },
      ] satisfies Draft[]) {
        const { stages } = await testChannelDraft({ ctx, input });
        expect(stages).toMatchObject([
          { stage: "resolve", ok: false, message: expect.stringMatching(/never connects/) },
        ]);
      }
  });
});
