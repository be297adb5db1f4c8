import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { limits } from "#lib/limits.ts";
import type { AppliedProposal, ProposalSuccess } from "#lib/proposals/schema.ts";
import { publishVersion } from "#lib/runs/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import * as feedback from "./feedback/route.ts";
import * as apply from "./proposals/[id]/apply/route.ts";
import * as preview from "./proposals/[id]/preview/route.ts";
import * as reject from "./proposals/[id]/reject/route.ts";
import * as one from "./proposals/[id]/route.ts";
import * as proposals from "./proposals/route.ts";
import * as chat from "./route.ts";

type Call = {
  body?: unknown;
  text?: string;
  id?: string;
  query?: string;
  accept?: string;
  signal?: AbortSignal;
};

const ACCEPTS = ["application/json", "text/event-stream"] as const;
const CHECK = {
  rationale: "Adds a validate node that aborts when fewer than 100 rows arrive.",
  patch: [
    {
      op: "add",
      path: "/nodes/-",
      from: null,
      valueJson: JSON.stringify({
        id: "v",
        kind: "validate",
        input: "src",
        datasetLevel: { rowCount: { min: 100, onFail: "abort" } },
      }),
    },
  ],
};

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

/** The environment's choice of provider, until the test ends. */
const standing = { ...env() };
const choose = (choice: Partial<ReturnType<typeof env>>) => Object.assign(env(), choice);
const local = () =>
  choose({
    PENSTOCK_AI_PROVIDER: "openai-compatible",
    PENSTOCK_AI_MODEL: "local",
    PENSTOCK_AI_BASE_URL: `${wire.url}/v1`,
  });
afterEach(() => {
  const { PENSTOCK_AI_PROVIDER, PENSTOCK_AI_MODEL, PENSTOCK_AI_KEY, PENSTOCK_AI_BASE_URL } = standing;
  choose({ PENSTOCK_AI_PROVIDER, PENSTOCK_AI_MODEL, PENSTOCK_AI_KEY, PENSTOCK_AI_BASE_URL });
});

withDatabase("the doors of the assistant", ({ testCtx }) => {
  const client = async (
    ctx: Ctx,
    roles: ("ROLE_DATA_ENGINEER" | "ROLE_VIEWER")[] = ["ROLE_DATA_ENGINEER"],
  ) => {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles } });
    return caller(secret);
  };
  const caller =
    (secret: string | undefined) =>
    (method: string, handler: RouteHandler, { body, text, id, query = "", accept, signal }: Call = {}) =>
      handler(
        new Request(`http://localhost/x${query}`, {
          method,
          headers: {
            ...(secret ? { authorization: `Bearer ${secret}` } : {}),
            ...(accept ? { accept } : {}),
            "content-type": "application/json",
          },
          body: text ?? (body === undefined ? undefined : JSON.stringify(body)),
          signal,
        }),
        { params: Promise.resolve(id ? { id } : {}) },
      );
  const json = async <T = Record<string, unknown>>(response: Response) => (await response.json()) as T;
  const published = async (ctx: Ctx) =>
    (await publishVersion({ ctx, input: { ir: ordersIr(uniqueId("orders")), origin: "created" } }))
      .pipelineId;

  test.each(ACCEPTS)("refusals are statuses of their own, whatever the answer's form: %s", async (accept) => {
    const ctx = await testCtx();
    const call = await client(ctx);
    const ask = (given: Call, as = call) => as("POST", chat.POST, { accept, ...given });
    const pipelineId = await published(ctx);
    const body = { pipelineId, message: "check the rows" };
    const refused = async (response: Response, status: number, code: string) => {
      expect([response.status, response.headers.get("content-type")]).toEqual([
        status,
        expect.stringContaining("application/problem+json"),
      ]);
      expect(await json(response)).toMatchObject({ code, error: code });
      return response.headers;
    };
    await refused(await ask({ body }, caller(undefined)), 401, "unauthenticated");
    await refused(await ask({ body }, await client(ctx, ["ROLE_VIEWER"])), 403, "permission_denied");
    await refused(await ask({ text: "{" }), 400, "malformed_json");
    await refused(await ask({ body: { message: "  " } }), 400, "bad_request");
    await refused(await ask({ body: { ...body, more: 1 } }), 400, "bad_request");
    await refused(await ask({ body: { message: "x".repeat(limits.messageChars + 1) } }), 400, "bad_request");
    await refused(await ask({ body: { ...body, pipelineId: "nowhere" } }), 404, "pipeline_not_found");
    await refused(await ask({ body: { ...body, proposalId: "nowhere" } }), 404, "proposal_not_found");

    choose({ PENSTOCK_AI_PROVIDER: "openai", PENSTOCK_AI_MODEL: "gpt-3.5-turbo", PENSTOCK_AI_KEY: "k" });
    await refused(await ask({ body }), 400, "provider_unsupported_structured");
    expect(wire.calls).toHaveLength(0);
    local();
    wire.queue.push({ status: 503, headers: { "retry-after": "17" } });
    const down = await refused(await ask({ body }), 503, "provider_unavailable");
    expect(down.get("retry-after")).toBe("17");
    wire.queue.push({ fault: "drop" });
    await refused(await ask({ body }), 503, "provider_unavailable");
    wire.queue.push({
      status: 400,
      body: { error: { message: "response_format json_schema is not supported" } },
    });
    await refused(await ask({ body }), 400, "provider_unsupported_structured");

    const calls = wire.calls.length;
    const key = `proposals:${ctx.tenant}`;
    await ctx.db.rateLimitHit.createMany({
      data: Array.from({ length: limits.proposalsPerHour }, () => ({ key, at: new Date() })),
    });
    const limited = await refused(await ask({ body }), 429, "rate_limited");
    expect(Number(limited.get("retry-after"))).toBeGreaterThan(3000);
    await ctx.db.tenantSetting.update({ where: { tenantId: ctx.tenant }, data: { flowIrEnabled: false } });
    await refused(await ask({ body: { ...body, pipelineId: "nowhere" } }), 403, "flow_ir_disabled");
    expect(wire.calls).toHaveLength(calls);
  });

  test("walk from a message over its preview to a part of it applied", async () => {
    const ctx = await testCtx();
    const folder = path.join(env().dataDir, uniqueId("doors"));
    await mkdir(path.join(env().dataDir, "files"), { recursive: true });
    const inside = path.join(env().dataDir, "files", path.basename(folder));
    await mkdir(inside);
    const roots = env().PENSTOCK_READ_ROOTS;
    choose({ PENSTOCK_READ_ROOTS: [...roots, `${ctx.tenant}=${inside}`] });
    try {
      await writeFile(path.join(inside, "orders.csv"), "order_id,email\n1,a@example.org\n2,b@example.org\n");
      const call = await client(ctx);
      const message = `load ${inside}/orders.csv into sales.orders and run it hourly`;
      const asked = await call("POST", chat.POST, { body: { message } });
      expect([asked.status, asked.headers.get("content-type")]).toEqual([200, "application/json"]);
      const { proposalId: id, changes } = await json<ProposalSuccess>(asked);
      const shown = await json(await call("POST", preview.POST, { id, body: { rows: 10 } }));
      expect(JSON.stringify(shown)).toContain("b@example.org");
      const nothing = await call("POST", apply.POST, { id, body: { changes: ["nothing like it"] } });
      expect([nothing.status, (await json(nothing)).code]).toEqual([400, "bad_request"]);
      const part = changes.filter((change) => change.section !== "schedule").map((change) => change.id);
      const applied = await call("POST", apply.POST, { id, body: { changes: part } });
      expect(applied.status).toBe(200);
      const { version, pipelineId } = await json<AppliedProposal>(applied);
      expect(version).toBe(1);
      const again = await json<AppliedProposal>(await call("POST", apply.POST, { id, body: {} }));
      expect(again).toMatchObject({ version: 1, pipelineId });
      expect(await ctx.db.schedule.count({ where: { tenantId: ctx.tenant, pipelineId } })).toBe(0);
      const late = await call("POST", reject.POST, { id, body: { reason: "late" } });
      expect([late.status, (await json(late)).code]).toEqual([409, "conflict"]);
      expect(await json(await call("GET", one.GET, { id }))).toMatchObject({ outcome: "applied" });
      for (const [query, total] of [
        ["?outcome=applied", 1],
        ["?outcome=proposed", 0],
      ] as const) {
        expect(await json(await call("GET", proposals.GET, { query }))).toMatchObject({
          pagination: { total },
        });
      }
      expect((await call("GET", proposals.GET, { query: "?outcome=maybe" })).status).toBe(400);
    } finally {
      choose({ PENSTOCK_READ_ROOTS: roots });
      await rm(inside, { recursive: true, force: true });
    }
  });

  test("takes feedback in the seed's exact body", async () => {
    const ctx = await testCtx();
    const call = await client(ctx);
    const patch = [{ op: "add", path: "/nodes/-", value: { id: "v", kind: "validate", input: "src" } }];
    const body = { pipelineId: "p1", rationale: "Adds a check.", patch, reason: "wrong target table" };
    const taken = await call("POST", feedback.POST, { body });
    expect([taken.status, await taken.text()]).toEqual([204, ""]);
    const page = await json<{ data: unknown[] }>(
      await call("GET", proposals.GET, { query: "?outcome=rejected" }),
    );
    expect(page.data).toMatchObject([{ reason: "wrong target table", rationale: "Adds a check." }]);
    const { reason: _, ...without } = body;
    expect((await call("POST", feedback.POST, { body: without })).status).toBe(400);
  });

  const providers = [
    ["openai", "gpt-5-mini", "/v1/responses", "authorization"],
    ["anthropic", "claude-sonnet-4-5", "/v1/messages", "x-api-key"],
    ["openai-compatible", "local", "/v1/chat/completions", "authorization"],
  ] as const;
  for (const [provider, model, at, header] of providers) {
    test.each(ACCEPTS)(`${provider}, chosen by the environment, answers as %s`, async (accept) => {
      const ctx = await testCtx();
      choose({
        PENSTOCK_AI_PROVIDER: provider,
        PENSTOCK_AI_MODEL: model,
        PENSTOCK_AI_KEY: "key-for-the-wire",
        PENSTOCK_AI_BASE_URL: `${wire.url}/v1`,
      });
      wire.queue.push({ json: CHECK });
      const call = await client(ctx);
      const body = { pipelineId: await published(ctx), message: "abort below 100 rows" };
      const response = await call("POST", chat.POST, { accept, body });
      const text = await response.text();
      expect([response.status, response.headers.get("vary")]).toEqual([200, "accept"]);
      expect(text).toContain('"id":"v"');
      expect(text).toContain(CHECK.rationale);
      if (accept === "text/event-stream") {
        expect(response.headers.get("content-type")).toContain(accept);
        expect(text).toContain('"type":"data-attempt"');
        expect(text).toContain('"type":"data-partial"');
        expect(text).toContain(`"by":{"provider":"${provider}","model":"${model}"`);
      }
      expect(wire.calls.map((one) => one.path)).toEqual([at]);
      expect(String(wire.calls[0]?.headers[header])).toContain("key-for-the-wire");
    });
  }

  test.each(ACCEPTS)("a client that leaves takes the provider's call with it: %s", async (accept) => {
    const ctx = await testCtx();
    local();
    const call = await client(ctx);
    const leaving = new AbortController();
    const before = wire.aborted();
    wire.queue.push({ fault: "hang" });
    const body = { pipelineId: await published(ctx), message: "check the rows" };
    const asked = call("POST", chat.POST, { accept, body, signal: leaving.signal }).catch(() => undefined);
    await expect.poll(() => wire.calls.length).toBe(1);
    leaving.abort();
    await expect.poll(wire.aborted).toBe(before + 1);
    await asked;
    const outcomes = () =>
      ctx.db.proposal.findMany({ where: { tenantId: ctx.tenant }, select: { outcome: true } });
    await expect.poll(outcomes).toEqual([{ outcome: "error" }]);
    expect(wire.calls).toHaveLength(1);
  });
});
