import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { capabilities, parsePipelineIR } from "#lib/ir/index.ts";
import type { AppliedProposal, ProposalFailure, ProposalSuccess } from "#lib/proposals/schema.ts";
import { updateAiSettings } from "#lib/settings/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { type ModelWire, startModelWire, type WireAnswer } from "#tests/model-wire.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import * as audit from "../../audit-logs/route.ts";
import * as pipelines from "../../pipelines/route.ts";
import * as validate from "../../pipelines/validate/route.ts";
import * as feedback from "./feedback/route.ts";
import * as apply from "./proposals/[id]/apply/route.ts";
import * as preview from "./proposals/[id]/preview/route.ts";
import * as proposals from "./proposals/route.ts";
import * as chat from "./route.ts";

/** The contract's example of an answer, as it stands there; `resultingIr` is told by a comment. */
const EXAMPLE = `{
  "ok": true,
  "rationale": "Adds a validate node that aborts when fewer than 100 rows arrive.",
  "patch": [
    {
      "op": "add",
      "path": "/nodes/-",
      "value": {
        "id": "v",
        "kind": "validate",
        "input": "src",
        "datasetLevel": { "rowCount": { "min": 100, "onFail": "abort" } }
      }
    }
  ],
  "resultingIr": { /* full pipeline IR after the patch */ },
  "warnings": [],
  "retries": 0,
  "tokensUsed": 1842
}`;

/** Load modes that the contract puts off; those that the runtime has learnt since are no limit any more. */
const PUT_OFF = ["blue_green", "incremental_watermark", "cdc_mirror"];
const executes = (mode: string) =>
  capabilities.some(({ kind, name, executable }) => kind === "load_mode" && name === mode && executable);

type Op = { op: string; path: string; from?: string; value?: unknown };
type Example = { ok: true; rationale: string; patch: [Op & { value: object }]; resultingIr: unknown };

/** The example with the document that it leaves out. */
const exampleWith = (ir: unknown) =>
  JSON.parse(EXAMPLE.replace("{ /* full pipeline IR after the patch */ }", JSON.stringify(ir))) as Example;

const { rationale: RATIONALE, patch: PATCH } = exampleWith(null);
const MESSAGE = "abort when fewer than 100 rows arrive";

/** What a model writes to propose this patch. */
function writing(patch: Op[], rest: WireAnswer = {}, rationale = RATIONALE): WireAnswer {
  const operations = patch.map(({ op, path: at, from, value }) => ({
    op,
    path: at,
    from: from ?? null,
    valueJson: value === undefined ? null : JSON.stringify(value),
  }));
  return { json: { rationale, patch: operations }, ...rest };
}

const example = (rest: WireAnswer = {}) => writing(PATCH, { usage: { input: 1800, output: 42 }, ...rest });
const wrong = (usage?: WireAnswer["usage"]) =>
  writing([{ op: "replace", path: "/nodes/1/input", value: "srcc" }], usage ? { usage } : {});

let wire: ModelWire;
beforeAll(async () => {
  wire = await startModelWire();
});
beforeEach(() => {
  wire.calls.length = 0;
  wire.queue.length = 0;
});
afterAll(() => wire.close());

const told = (at: number) => JSON.stringify(wire.calls[at]?.body ?? {}).replaceAll("\\", "");

function documentOf(id: string, read: string) {
  const ir = ordersIr(id) as { nodes: { input?: string }[] };
  Object.assign(ir.nodes[1] ?? {}, { input: read });
  return ir;
}

type Call = { body?: unknown; id?: string; query?: string };

withDatabase("the contract of AI pipeline mode", ({ testCtx }) => {
  /** A tenant with a pipeline, and calls by its administrator. @param read the node that the target reads */
  async function tenant(read = "src") {
    const ctx = await testCtx();
    const { secret } = await createApiKey({ ctx, input: { name: "contract", roles: ["ROLE_ADMIN"] } });
    const call = (handler: RouteHandler, { body, id, query = "" }: Call = {}, method = "POST") =>
      handler(
        new Request(`http://localhost/x${query}`, {
          method,
          headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
        { params: Promise.resolve(id ? { id } : {}) },
      );
    const slug = uniqueId("orders");
    const made = await call(pipelines.POST, { body: { irVersion: "1.0", ir: documentOf(slug, read) } });
    expect(made.status).toBe(201);
    const { id: pipelineId } = (await made.json()) as { id: string };
    const ask = async <T = ProposalSuccess>(input: object = { pipelineId, message: MESSAGE }) => {
      const response = await call(chat.POST, { body: input });
      return { response, text: await response.clone().text(), answer: (await response.json()) as T };
    };
    const audits = async () => {
      const answer = await call(audit.GET, { query: "?entityType=pipeline_ai_proposal&limit=50" }, "GET");
      const { logs } = (await answer.json()) as { logs: { action: string; after: object }[] };
      return logs.reverse();
    };
    return { ctx, call, ask, audits, pipelineId, slug };
  }

  const local = (ctx: Ctx, rest = {}) =>
    updateAiSettings({
      ctx,
      input: { provider: "openai-compatible", model: "local", baseUrl: `${wire.url}/v1`, ...rest },
    });

  const PROVIDERS = [
    ["anthropic", "claude-sonnet-4-5", "/v1"],
    ["openai", "gpt-5-mini", "/v1"],
    ["google", "gemini-2.5-flash", "/v1beta"],
    ["amazon-bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", ""],
    ["openai-compatible", "local", "/v1"],
  ] as const;

  test.each(PROVIDERS)(
    "Response (200, valid): the example, byte for byte, by %s",
    async (provider, model, at) => {
      // The pipeline whose target waits for the node that the example adds.
      const { ctx, ask, slug } = await tenant("v");
      const region = provider === "amazon-bedrock" ? { region: "eu-central-1" } : {};
      await updateAiSettings({
        ctx,
        input: { provider, model, baseUrl: wire.url + at, key: "k-of-the-wire", ...region },
      });
      wire.queue.push(example());
      const { response, text, answer } = await ask();
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
      const before = documentOf(slug, "v");
      expect(answer.resultingIr).toMatchObject({ ...before, nodes: [...before.nodes, PATCH[0].value] });
      const wanted = exampleWith(answer.resultingIr);
      const { proposalId, baseVersion, changes, ...rest } = answer;
      expect(JSON.stringify(rest)).toBe(JSON.stringify(wanted));
      expect(text).toContain(JSON.stringify(PATCH));
      expect([typeof proposalId, baseVersion, changes.length]).toEqual(["string", 1, 1]);
      expect(wire.calls).toHaveLength(1);
    },
  );

  test("Response (200, valid): where nothing reads the node of the example, a warning says so", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    wire.queue.push(example());
    const { answer } = await ask();
    expect(answer.warnings).toMatchObject([{ code: "unread_node", path: "/nodes/2" }]);
    const { proposalId: _id, baseVersion: _base, changes: _changes, ...rest } = answer;
    expect({ ...rest, warnings: [] }).toEqual(exampleWith(answer.resultingIr));
  });

  test("Response (200, retries exhausted): its members in its order, retries 2, tokens of every attempt", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    for (const output of [37, 37, 38]) wire.queue.push(wrong({ input: 1300, output }));
    const { response, answer } = await ask<ProposalFailure>();
    expect(response.status).toBe(200);
    expect(Object.keys(answer)).toEqual(["ok", "rationale", "errors", "retries", "tokensUsed"]);
    expect(answer).toMatchObject({ ok: false, retries: 2, tokensUsed: 4012 });
    expect(answer.errors.every((error) => typeof error === "string" && error !== "")).toBe(true);
    expect(answer.errors.join()).toContain("srcc");
    expect(wire.calls).toHaveLength(3);
  });

  test("“add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders” is a typed patch, applied as a pipeline", async () => {
    const { ctx, call, ask } = await tenant();
    const roots = env().PENSTOCK_READ_ROOTS;
    env().PENSTOCK_READ_ROOTS = [...roots, `${ctx.tenant}=/tmp`];
    const message = "add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders";
    const { answer } = await ask({ message }).finally(() => {
      env().PENSTOCK_READ_ROOTS = roots;
    });
    expect(answer).toMatchObject({ ok: true, baseVersion: 0, retries: 0 });
    expect(answer.resultingIr).toMatchObject({
      schedule: { kind: "cron" },
      nodes: [
        {
          kind: "source",
          connector: "local_fs",
          config: { path: "/tmp/orders.csv", format: { type: "csv" } },
        },
        { kind: "target", schema: "starbucks.orders" },
      ],
    });
    const applied = await call(apply.POST, { id: answer.proposalId, body: {} });
    expect(applied.status).toBe(200);
    expect(await applied.json()).toMatchObject({ version: 1, executable: true });
  });

  test("1. Constrained JSON generation: the schema goes over the wire, another shape is refused", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    wire.queue.push(
      { json: { rationale: RATIONALE, patch: [{ op: "insert", path: 7 }] } },
      { json: { pipeline: "the whole of it" } },
      example(),
    );
    const { answer } = await ask();
    expect([answer.ok, answer.retries, answer.patch]).toEqual([true, 2, PATCH]);
    const format = wire.calls[0]?.body.response_format as { json_schema: { strict: boolean } };
    expect(format.json_schema.strict).toBe(true);
  });

  test.each([
    ["replace", { op: "replace", path: "/nodes/9/input", value: "src" }, "/nodes/9"],
    ["remove", { op: "remove", path: "/schedule" }, "/schedule"],
    ["add", { op: "add", path: "/errorHandling/retry/maxAttempts", value: 2 }, "/errorHandling"],
    ["move", { op: "move", path: "/nodes/-", from: "/nodes/7" }, "/nodes/7"],
  ])("2. Patch application: %s of a path that does not exist is rejected", async (_op, op, pointer) => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    wire.queue.push(writing([op]), example());
    const { answer } = await ask();
    expect([answer.ok, answer.retries, answer.patch]).toEqual([true, 1, PATCH]);
    expect(told(1)).toContain("## refused");
    expect(told(1).split("## refused")[1]).toContain(pointer);
  });

  test("3. Validate-then-regenerate: the exact error goes into the next prompt, up to 3 times", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    wire.queue.push(wrong(), wrong(), wrong());
    const { answer } = await ask<ProposalFailure>();
    const checked = parsePipelineIR(documentOf("orders", "srcc"), { strength: "executable" });
    const [issue] = checked.ok ? [] : checked.issues;
    const { code = "", path: at = "", message = "" } = issue ?? {};
    expect(answer.errors.join()).toContain(message);
    expect(told(0)).not.toContain("## refused");
    for (const attempt of [1, 2]) {
      expect(told(attempt).match(/## refused/g)).toHaveLength(attempt);
      expect(told(attempt)).toContain(message.replaceAll("\\", ""));
      for (const word of [code, at]) expect(told(attempt)).toContain(`"${word}"`);
    }
    expect(wire.calls).toHaveLength(3);
  });

  test("You only ever see IR that the runtime can execute", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    const later = { op: "replace", path: "/nodes/1/loadMode", value: "cdc_mirror" };
    wire.queue.push(writing([later]), example());
    const { answer } = await ask();
    expect([answer.ok, answer.retries]).toEqual([true, 1]);
    expect(parsePipelineIR(answer.resultingIr, { strength: "executable" }).ok).toBe(true);
  });

  test("Every proposal (success, failure, error, rejected) is in the audit log: patch, rationale, retries, tokens, reason", async () => {
    const { ctx, call, ask, audits, pipelineId } = await tenant();
    await local(ctx);
    wire.queue.push(example());
    const { answer } = await ask();
    wire.queue.push(wrong(), wrong(), wrong());
    await ask();
    wire.queue.push({ status: 500 });
    await ask();
    const body = { pipelineId, rationale: RATIONALE, patch: PATCH, reason: "wrong target table" };
    expect((await call(feedback.POST, { body: { ...body, proposalId: answer.proposalId } })).status).toBe(
      204,
    );
    const logs = await audits();
    const whole = { patch: PATCH, rationale: RATIONALE, retries: 0, tokensUsed: 1842 };
    expect(logs).toMatchObject([
      { entityType: "pipeline_ai_proposal", action: "proposal.proposed", after: whole },
      {
        action: "proposal.failed",
        after: { retries: 2, tokensUsed: 54, patch: [{ path: "/nodes/1/input", value: "srcc" }] },
      },
      { action: "proposal.errored", after: { patch: [], rationale: "", retries: 0, tokensUsed: 0 } },
      { action: "proposal.rejected", after: { ...whole, reason: "wrong target table" } },
    ]);
  });

  test("400 provider_unsupported_structured: the provider lacks constrained JSON", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx, { structured: false });
    const { response, answer } = await ask<{ error: string }>();
    expect([response.status, answer.error]).toEqual([400, "provider_unsupported_structured"]);
    expect(wire.calls).toHaveLength(0);
  });

  test("403 flow_ir_disabled: the tenant's setting must be on", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    await ctx.db.tenantSetting.update({ where: { tenantId: ctx.tenant }, data: { flowIrEnabled: false } });
    const { response, answer } = await ask<{ error: string }>();
    expect([response.status, answer.error]).toEqual([403, "flow_ir_disabled"]);
    expect(wire.calls).toHaveLength(0);
  });

  test("429 rate_limited: 100 proposals per tenant and hour, retries not counted, Retry-After in seconds", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    const key = `proposals:${ctx.tenant}`;
    const at = new Date(Date.now() - 600_000);
    await ctx.db.rateLimitHit.createMany({ data: Array.from({ length: 99 }, () => ({ key, at })) });
    wire.queue.push(wrong(), wrong(), example());
    expect((await ask()).answer).toMatchObject({ ok: true, retries: 2 });
    const { response, answer } = await ask<{ error: string }>();
    expect([response.status, answer.error]).toEqual([429, "rate_limited"]);
    const wait = Number(response.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(2_900);
    expect(wait).toBeLessThanOrEqual(3_000);
    expect(wire.calls).toHaveLength(3);
  });

  test("503 provider_unavailable: the provider is down, or its own rate limit is reached", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    for (const planned of [
      { status: 503 },
      { fault: "drop" },
      { status: 429, headers: { "retry-after": "9" } },
    ] as const) {
      wire.queue.push(planned);
      const { response, answer } = await ask<{ error: string }>();
      expect([response.status, answer.error]).toEqual([503, "provider_unavailable"]);
      expect(response.headers.get("retry-after")).toBe("headers" in planned ? "9" : null);
    }
    expect(wire.calls).toHaveLength(3);
  });

  test("Request body: pipelineId is optional, an id or a name, and anything else is refused", async () => {
    const { ctx, ask, pipelineId, slug } = await tenant();
    await local(ctx);
    for (const id of [pipelineId, slug]) {
      wire.queue.push(example());
      expect((await ask({ pipelineId: id, message: MESSAGE })).answer).toMatchObject({
        ok: true,
        baseVersion: 1,
      });
    }
    expect((await ask({ message: "what can you do?" })).answer).toMatchObject({ ok: true, baseVersion: 0 });
    for (const body of [{}, { pipelineId }, { message: 7 }, { message: MESSAGE, pipeline: slug }]) {
      expect((await ask(body)).response.status).toBe(400);
    }
  });

  test("The AI is explicitly warned to stay inside what the runtime does", async () => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    wire.queue.push(example());
    await ask();
    // One line for each kind and state: its names, some with limits in brackets.
    const states = (kind: string, name: string) =>
      ["executable", "NOT executable"].filter((state) => {
        const line = new RegExp(
          String.raw`n${kind}, ${state}: (.*?)(?=n\w+, (?:NOT )?executable: |nload |nType of)`,
        );
        const names = (line.exec(told(0))?.[1] ?? "").split("; ");
        return names.some((one) => one === name || one.startsWith(`${name} (`));
      });
    for (const mode of ["append", "truncate", "upsert", ...PUT_OFF])
      expect([mode, states("load_mode", mode)]).toEqual([
        mode,
        [executes(mode) ? "executable" : "NOT executable"],
      ]);
    for (const mode of ["append", "truncate", "upsert"]) expect(executes(mode)).toBe(true);
    expect(states("connector", "local_fs")).toEqual(["executable"]);
    expect(states("dataset_check", "rowCount")).toEqual(["executable"]);
  });

  test.each(["local_fs", "s3", "gcs", "azure_blob", "sftp", "ftp", "http_pull"])(
    "Sources: %s validates",
    async (connector) => {
      const { call } = await tenant();
      const ir = ordersIr(uniqueId("orders")) as { nodes: { config: object }[] };
      const config = connector === "local_fs" ? ir.nodes[0]?.config : { path: "orders.csv" };
      Object.assign(ir.nodes[0] ?? {}, { connector, config });
      if (connector !== "local_fs") Object.assign(ir.nodes[0] ?? {}, { sourceRef: "shop-files" });
      const answer = await call(validate.POST, { body: { ir } });
      expect(answer.status).toBe(200);
      const { ok, issues = [] } = (await answer.json()) as { ok: boolean; issues?: { message: string }[] };
      // The one thing missing here is the saved source itself.
      expect(issues.filter(({ message }) => !message.includes("shop-files"))).toEqual([]);
      expect(ok).toBe(connector === "local_fs");
    },
  );

  test.each(PUT_OFF.filter((mode) => !executes(mode)))(
    "Target load modes: %s is never proposed, and asked for answers an empty patch that names the limit",
    async (mode) => {
      const { ctx, ask, pipelineId } = await tenant();
      const { answer } = await ask({ pipelineId, message: `set the load mode of load to ${mode}` });
      expect(answer).toMatchObject({ ok: true, patch: [], changes: [], retries: 0 });
      expect(answer.rationale).toContain(mode);
      await local(ctx);
      const later = writing([{ op: "replace", path: "/nodes/1/loadMode", value: mode }]);
      wire.queue.push(later, later, later);
      const { answer: refused } = await ask<ProposalFailure>();
      expect([refused.ok, refused.retries]).toEqual([false, 2]);
      expect(refused.errors.join()).toContain(mode);
    },
  );

  test.each(["append", "truncate", "upsert"])("Target load modes: %s is implemented", async (mode) => {
    const { ctx, ask } = await tenant();
    await local(ctx);
    const target = { ...(ordersIr("orders").nodes as object[])[1], loadMode: mode };
    const value = mode === "upsert" ? { ...target, upsertKey: ["order_id"] } : target;
    wire.queue.push(writing([{ op: "replace", path: "/nodes/1", value }]));
    const { answer } = await ask();
    expect(answer).toMatchObject({ ok: true, retries: 0 });
    expect(answer.resultingIr.nodes[1]).toMatchObject({ loadMode: mode });
  });

  test("Validate node: dataset-level rowCount is enforced", async () => {
    const { ctx, call, ask } = await tenant();
    await local(ctx);
    const folder = path.join(env().dataDir, "files", uniqueId("contract"));
    await mkdir(folder, { recursive: true });
    const roots = env().PENSTOCK_READ_ROOTS;
    env().PENSTOCK_READ_ROOTS = [...roots, `${ctx.tenant}=${folder}`];
    try {
      const file = path.join(folder, "orders.csv");
      await writeFile(file, "order_id\n1\n2\n");
      const place = { op: "replace", path: "/nodes/0/config/path", value: file };
      wire.queue.push(writing([...PATCH, place, { op: "replace", path: "/nodes/1/input", value: "v" }]));
      const { answer } = await ask();
      const tried = await call(preview.POST, { id: answer.proposalId, body: {} });
      const { after } = (await tried.json()) as { after: { error: object | null } };
      expect(after.error).toMatchObject({ nodeId: "v", rule: expect.stringContaining("rowCount") });
    } finally {
      env().PENSTOCK_READ_ROOTS = roots;
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("POST /api/v1/ai/pipeline-chat/feedback: the example captures the reason", async () => {
    const { call, audits } = await tenant();
    const body = {
      pipelineId: "p1",
      rationale: "<the rationale that was rejected>",
      patch: PATCH,
      reason: "wrong target table",
    };
    const taken = await call(feedback.POST, { body });
    expect([taken.status, await taken.text()]).toEqual([204, ""]);
    const { pipelineId: _, ...kept } = body;
    expect(await audits()).toMatchObject([{ action: "proposal.rejected", after: kept }]);
    const listed = await call(proposals.GET, { query: "?outcome=rejected" }, "GET");
    expect(await listed.json()).toMatchObject({ data: [{ reason: body.reason, rationale: body.rationale }] });
  });

  test("Pipelines API: the resulting IR goes to POST /api/v1/pipelines with irVersion 1.0, or is applied", async () => {
    const { ctx, call, ask } = await tenant();
    await local(ctx);
    wire.queue.push(example());
    const { answer } = await ask();
    const ir = { ...answer.resultingIr, id: uniqueId("copy") };
    const made = await call(pipelines.POST, { body: { irVersion: "1.0", ir } });
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({ executable: true });
    const applied = await call(apply.POST, { id: answer.proposalId, body: {} });
    expect((await applied.json()) as AppliedProposal).toMatchObject({ version: 2, executable: true });
  });
});
