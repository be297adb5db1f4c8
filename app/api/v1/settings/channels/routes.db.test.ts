import { expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { withDatabase } from "#tests/factories.ts";
import * as one from "./[id]/route.ts";
import * as all from "./route.ts";

const hook = { name: "hook", kind: "webhook", topics: ["run.failed"] };
const collector = { name: "collector", kind: "openlineage" };
const mail = { name: "mail", kind: "email", topics: ["run.failed"] };
const mailTo = (host: string) => ({ host, from: "penstock@example.org", to: ["ops@example.org"] });

withDatabase("an address that nothing could be sent to", ({ testCtx }) => {
  async function caller(ctx: Ctx) {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles: ["ROLE_ADMIN"] } });
    return async (handler: RouteHandler, method: string, body: unknown, id = "") => {
      const request = new Request("http://localhost/x", {
        method,
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const response = await handler(request, { params: Promise.resolve({ id }) });
      return { status: response.status, body: await response.json() };
    };
  }

  test.each<[what: string, at: string, code: string, channel: { kind: string; config: unknown }]>([
    ["metadata", "/config/url", "forbidden_address", { ...hook, config: { url: "http://169.254.169.254/" } }],
    [
      "metadata, as a number",
      "/config/url",
      "forbidden_address",
      { ...hook, config: { url: "http://2852039166/" } },
    ],
    [
      "a link-local address",
      "/config/url",
      "forbidden_address",
      { ...collector, config: { url: "http://[fe80::1]:5000/" } },
    ],
    [
      "a mail server at metadata",
      "/config/host",
      "forbidden_address",
      { ...mail, config: mailTo("169.254.169.254") },
    ],
    [
      "a mail server that is no one's",
      "/config/host",
      "forbidden_address",
      { ...mail, config: mailTo("[::]") },
    ],
    [
      "a name and a password",
      "/config/url",
      "custom",
      { ...hook, config: { url: "https://me:secret@example.org/" } },
    ],
    ["a file", "/config/url", "invalid_format", { ...collector, config: { url: "file:///etc/passwd" } }],
  ])("is refused when it is saved: %s", async (_what, path, code, channel) => {
    const ctx = await testCtx();
    const call = await caller(ctx);
    const refusal = { status: 400, body: { code: "bad_request", issues: [{ code, path }] } };
    expect(await call(all.POST, "POST", channel)).toMatchObject(refusal);
    expect(await ctx.db.channel.count({ where: { tenantId: ctx.tenant } })).toBe(0);

    const good = {
      ...channel,
      config: channel.kind === "email" ? mailTo("127.0.0.1") : { url: "http://10.0.0.1/" },
    };
    const saved = await call(all.POST, "POST", good);
    expect(saved.status).toBe(201);
    expect(await call(one.PATCH, "PATCH", { config: channel.config }, saved.body.id)).toMatchObject(refusal);
    expect((await call(one.GET, "GET", undefined, saved.body.id)).body.config).toMatchObject(
      good.config as object,
    );
  });

  test("is a name's to tell when something is sent there", async () => {
    const call = await caller(await testCtx());
    for (const config of [
      { url: "https://no-such-host.invalid/" },
      { url: "http://metadata.google.internal/" },
    ])
      expect(await call(all.POST, "POST", { ...hook, name: config.url, config })).toMatchObject({
        status: 201,
      });
  });
});
