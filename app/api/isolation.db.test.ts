import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { type DeclaredRoute, listDeclaredRoutes, type RouteHandler } from "#lib/http/index.ts";
import { ingestEvent } from "#lib/ingest/index.ts";
import { createChannel } from "#lib/notices/index.ts";
import { createDestination } from "#lib/settings/index.ts";
import { createSession } from "#lib/setup/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { routeFiles } from "../../scripts/route-index.ts";

/** What stands before a parameter in a path tells what it names. A new kind of thing needs a row of its own here. */
type Things = Record<string, string>;

/** Bodies that are valid for anyone, so that only the tenant can be the reason for a refusal. */
const BODIES: Record<string, (things: Things) => unknown> = {
  "PUT /api/v1/settings/destinations/{id}": () => ({ config: CONFIG, password: "x" }),
  "PATCH /api/v1/settings/channels/{id}": () => ({ name: "Mine now" }),
  "PATCH /api/v1/settings/members/{userId}": () => ({ roles: ["ROLE_VIEWER"] }),
  "PATCH /api/v1/sources/{id}": () => ({ title: "Mine now" }),
  "PUT /api/v1/pipelines/{id}/schedule": () => ({ enabled: false }),
  "PATCH /api/v1/pipelines/{id}/schedule": () => ({ enabled: false }),
  "POST /api/v1/pipelines/{id}/backfill": () => ({
    from: "2026-01-01T00:00:00Z",
    to: "2026-01-02T00:00:00Z",
  }),
  "POST /api/v1/pipelines/{id}/ir": () => ({ ir: IR, baseVersion: 1 }),
  "POST /api/v1/ai/pipeline-chat/proposals/{id}/reject": () => ({ reason: "no" }),
  "PATCH /api/v1/runs/{runId}/quarantine/{rowId}": () => ({ row: { a: 1 } }),
  "POST /api/v1/runs/{runId}/quarantine/discard": (things) => ({ rowIds: [things.quarantine] }),
  "POST /api/v1/runs/{runId}/quarantine/restore": (things) => ({ rowIds: [things.quarantine] }),
  "POST /api/v1/agents/ingestion/sessions/{id}/chat": () => ({ message: "help" }),
};
const CONFIG = { host: "127.0.0.1", port: 1, database: "d", username: "u", sslmode: "disable" } as const;
const IR = { kind: "pipeline", version: "1.0", id: "p1", metadata: { name: "x" }, nodes: [] };

/** Doors that take an id in the body. */
const NAMED_IN_BODY: Record<string, (things: Things) => unknown> = {
  "POST /api/v1/pipelines/validate": (things) => ({ ir: IR, pipelineId: things.pipelines }),
  "POST /api/v1/ai/pipeline-chat": (things) => ({ message: "add a note", pipelineId: things.pipelines }),
};

/** Queries without which a request is refused before it is looked at whose thing it is about. */
const QUERIES: Record<string, string> = {
  "GET /api/v1/sources/{id}/preview": "?stream=public.orders",
  "GET /api/v1/agents/ingestion/sessions/{id}/preview": "?stream=public.orders",
};

/** Answers that hold nothing of any tenant. */
const OF_NOBODY = new Set([
  "/api/v1/openapi.json",
  "/api/v1/connectors",
  "/api/auth/{nextauth}",
  "/healthz",
  "/readyz",
]);

withDatabase("two tenants", ({ testCtx }) => {
  const handlers = new Map<string, Record<string, RouteHandler>>();

  async function load(): Promise<DeclaredRoute[]> {
    for (const file of routeFiles()) {
      const path = `/${file.split("/").slice(1, -1).join("/")}`.replace(/\[(?:\.\.\.)?(\w+)\]/g, "{$1}");
      handlers.set(path, await import(/* @vite-ignore */ `../../${file}`));
    }
    return listDeclaredRoutes().filter((route) => handlers.has(route.path) && !OF_NOBODY.has(route.path));
  }

  async function call(route: DeclaredRoute, key: string, things: Things, body?: unknown): Promise<Response> {
    const params: Record<string, string> = {};
    const path = route.path.replace(/(\w+)\/\{(\w+)\}/g, (_all, before: string, name: string) => {
      const value = things[before];
      if (value === undefined)
        throw new Error(`Say in this test what stands after /${before}/ in ${route.path}`);
      params[name] = value;
      return `${before}/${value}`;
    });
    const request = new Request(`http://localhost${path}${QUERIES[`${route.method} ${route.path}`] ?? ""}`, {
      method: route.method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: route.method === "GET" ? undefined : JSON.stringify(body ?? {}),
    });
    const handler = handlers.get(route.path)?.[route.method];
    if (!handler) throw new Error(`${route.method} ${route.path} is not exported`);
    return handler(request, { params: Promise.resolve(params) });
  }

  const adminKey = async (ctx: Ctx) =>
    (await createApiKey({ ctx, input: { name: "Isolation", roles: ["ROLE_ADMIN"] } })).secret;

  test("cannot reach each other's things by id, through any route", async () => {
    const routes = (await load()).filter((route) => route.path.includes("{"));
    const [owner, stranger] = [await testCtx(), await testCtx()];
    const things = await furnish(owner);
    const key = await adminKey(stranger);
    const written = await owner.db.auditLog.count({ where: { tenantId: owner.tenant } });
    const answers: string[] = [];
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      const response = await call(route, key, things, BODIES[name]?.(things));
      const text = await response.text();
      // Where a body is wanted that this test does not know, the refusal says so instead of passing for the right one;
      // nor does an empty list pass: there is nothing to have a list of.
      if (![403, 404].includes(response.status))
        answers.push(`${name} → ${response.status} ${text.slice(0, 200)}`);
    }
    expect(answers).toEqual([]);
    expect(await owner.db.auditLog.count({ where: { tenantId: owner.tenant } })).toBe(written);
    expect(routes.length).toBeGreaterThan(10);
  });

  test("cannot reach each other's things by an id in a body", async () => {
    const routes = (await load()).filter((route) => NAMED_IN_BODY[`${route.method} ${route.path}`]);
    const [owner, stranger] = [await testCtx(), await testCtx()];
    const things = await furnish(owner);
    const key = await adminKey(stranger);
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      expect((await call(route, key, {}, NAMED_IN_BODY[name]?.(things))).status, name).toBe(404);
    }
  });

  test("let nobody in without a credential, nor with a role that does not allow it", async () => {
    const routes = (await load()).filter((route) => route.auth !== "public");
    const ctx = await testCtx();
    const things = await furnish(ctx);
    const agent = await createApiKey({ ctx, input: { name: "Agent", roles: ["ROLE_AGENT"] } });
    const allowed = ["self.read", "memory.read", "events.write"];
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      const unknown = await call(route, "pk_nobody-has-this-key", things);
      expect(unknown.status, name).toBe(401);
      expect(await unknown.json(), name).toMatchObject({ code: "unauthenticated", error: "unauthenticated" });
      if (allowed.includes(route.permission ?? "")) continue;
      expect((await call(route, agent.secret, things)).status, name).toBe(403);
    }
  });

  test("cannot see each other's things in any list", async () => {
    const routes = (await load()).filter((route) => route.method === "GET" && !route.path.includes("{"));
    const [owner, stranger] = [await testCtx(), await testCtx()];
    const things = await furnish(owner);
    const [key, ownKey] = [await adminKey(stranger), await adminKey(owner)];
    const secrets = [owner.tenant, ...Object.values(things).filter((value) => value.length > 20)];
    const found = new Set<string>();
    for (const route of routes) {
      const response = await call(route, key, {});
      const text = await response.text();
      for (const secret of secrets) expect(text, `${route.path} shows ${secret}`).not.toContain(secret);
      const own = await (await call(route, ownKey, {})).text();
      for (const secret of secrets) if (own.includes(secret)) found.add(secret);
    }
    // The lists do show these things to their owner: the silence above is not for want of rows.
    for (const name of [
      ...["pipelines", "runs", "sources", "destinations", "channels", "keys", "members"],
      ...["agents", "sessions", "memory"],
    ])
      expect(found, `the owner's ${name}`).toContain(things[name]);
  });
});

/** One of everything, in one tenant. */
async function furnish(ctx: Ctx): Promise<Things> {
  const { db, tenant } = ctx;
  const created = { tenantId: tenant, createdBy: ctx.actor.id };
  const user = await db.user.create({ data: { email: `${uniqueId("u")}@example.org` } });
  await db.membership.create({ data: { tenantId: tenant, userId: user.id, roles: ["ROLE_ADMIN"] } });
  const destination = await createDestination({
    ctx,
    input: { name: "there", config: CONFIG, password: "x" },
  });
  const source = await createSource({
    ctx,
    input: { connector: "postgres", fields: { ...CONFIG, password: "x" } },
  });
  const channel = await createChannel({
    ctx,
    input: {
      name: "there",
      kind: "webhook",
      config: { url: "https://example.org/" },
      topics: ["run.failed"],
    },
  });
  const delivery = await db.delivery.create({
    data: { tenantId: tenant, channelId: channel.id, topic: "run.failed", subject: "s", body: {} },
  });
  const key = await createApiKey({ ctx, input: { name: "Mine" } });
  const pipeline = await db.pipeline.create({
    data: {
      ...created,
      slug: uniqueId("p"),
      name: `Pipeline ${randomUUID()}`,
      currentVersion: 1,
      versions: { create: { ...created, version: 1, ir: IR, executable: false, origin: "created" } },
    },
  });
  const run = await db.run.create({
    data: {
      tenantId: tenant,
      pipelineId: pipeline.id,
      pipelineVersion: 1,
      trigger: "manual",
      requestedBy: ctx.actor.id,
      status: "failed",
      finishedAt: new Date(),
    },
  });
  const backfill = await db.backfill.create({
    data: {
      ...{ tenantId: tenant, pipelineId: pipeline.id, requestedBy: ctx.actor.id },
      ...{ from: new Date(0), to: new Date(0), times: [new Date(0)] },
    },
  });
  const proposal = await db.proposal.create({
    data: {
      ...created,
      pipelineId: pipeline.id,
      baseVersion: 1,
      message: "m",
      rationale: "r",
      patch: [],
      warnings: [],
      errors: [],
      retries: 0,
      tokensUsed: 0,
      provider: "rules",
      model: "rules",
      latencyMs: 1,
      outcome: "proposed",
    },
  });
  const quarantined = await db.quarantineRow.create({
    data: {
      tenantId: tenant,
      runId: run.id,
      pipelineId: pipeline.id,
      nodeId: "n",
      rule: "r",
      reason: "r",
      row: new Uint8Array([1]),
      expiresAt: new Date(Date.now() + 3_600_000),
    },
  });
  // A conversation of the set-up agent is a session of the log too.
  const { session_id } = await createSession({ ctx });
  const event = { event_id: randomUUID(), agent_id: randomUUID(), session_id };
  const { ack } = await ingestEvent({ ctx, input: { ...event, payload: { text: "told" } } });
  return {
    pipelines: pipeline.id,
    versions: "1",
    runs: run.id,
    backfill: backfill.id,
    steps: "n",
    nodes: "n",
    proposals: proposal.id,
    "pipeline-chat": proposal.id,
    quarantine: quarantined.id,
    tables: "main.orders",
    sources: source.id,
    destinations: destination.id,
    channels: channel.id,
    deliveries: delivery.id,
    keys: key.id,
    members: user.id,
    agents: event.agent_id,
    sessions: event.session_id,
    memory: ack.memory_id ?? "",
  };
}
