import { encode } from "next-auth/jwt";
import { expect, test } from "vitest";
import { z } from "zod";
import { createApiKey, createUser, sessionCookieName } from "#lib/auth/index.ts";
import { keyFor } from "#lib/crypto.ts";
import { AppError } from "#lib/errors.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { reply } from "./reply.ts";
import { type RouteHandler, routes } from "./route.ts";
import { sseResponse } from "./sse.ts";

const Input = z.strictObject({ name: z.string().min(2), deep: z.unknown().optional() });

const { GET, POST, DELETE, PUT, HEAD, OPTIONS } = routes("/test/{id}", {
  GET: {
    summary: "Look",
    auth: "key-or-session",
    permission: "pipelines.read",
    params: z.object({ id: z.string().max(20) }),
    query: z.object({ n: z.coerce.number().int().default(1), q: z.string().optional() }),
    handler: ({ ctx, params, query }) => ({
      tenant: ctx.tenant,
      requestId: ctx.requestId,
      id: params.id,
      n: query.n,
      big: 2n ** 60n,
      small: 5n,
      at: new Date(0),
    }),
  },
  POST: {
    summary: "Write",
    auth: "key-or-session",
    permission: "pipelines.write",
    input: Input,
    status: 201,
    handler: ({ input }) => {
      if (input.name === "boom") throw new Error("password=hunter2 is in here");
      if (input.name === "taken")
        throw new AppError("already_exists", "Taken.", {
          headers: { "x-hint": "1" },
          members: { current: 3 },
        });
      return { name: input.name };
    },
  },
  PUT: {
    summary: "People only",
    auth: "session",
    permission: "self.read",
    handler: () => reply({ ok: true }, { status: 202, headers: { etag: '"1"' } }),
  },
  DELETE: {
    summary: "Remove",
    auth: "key-or-session",
    permission: "pipelines.write",
    handler: () => undefined,
  },
});

withDatabase("a route", ({ testCtx }) => {
  async function key(roles = ["ROLE_DATA_ENGINEER" as const]) {
    const ctx = await testCtx();
    const { secret } = await createApiKey({ ctx, input: { name: "Test", roles } });
    return { ctx, headers: { authorization: `Bearer ${secret}` } };
  }
  const send = (handler: RouteHandler, init: RequestInit & { path?: string; id?: string } = {}) =>
    handler(new Request(`http://localhost/test/x${init.path ?? ""}`, init), {
      params: Promise.resolve({ id: init.id ?? "x" }),
    });
  const post = (
    headers: Record<string, string>,
    body: string | Uint8Array<ArrayBuffer>,
    type = "application/json",
  ) => send(POST, { method: "POST", headers: { ...headers, "content-type": type }, body });

  test("answers with plain data: dates as text, big integers exact", async () => {
    const { ctx, headers } = await key();
    const response = await send(GET, { headers: { ...headers, "x-request-id": "abc.1" }, path: "?n=7" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      tenant: ctx.tenant,
      requestId: "abc.1",
      id: "x",
      n: 7,
      big: "1152921504606846976",
      small: 5,
      at: "1970-01-01T00:00:00.000Z",
    });
    expect(response.headers.get("x-request-id")).toBe("abc.1");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("takes no request id that is not a plain one", async () => {
    const { headers } = await key();
    const response = await send(GET, { headers: { ...headers, "x-request-id": "a b<c>" } });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("refuses who is not known, or may not, as a problem with equal code and error", async () => {
    const nobody = await send(GET);
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get("content-type")).toBe("application/problem+json");
    expect(nobody.headers.get("www-authenticate")).toContain("Bearer");
    const viewer = await key(["ROLE_VIEWER" as never]);
    const refused = await post(viewer.headers, '{"name":"ok"}');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      status: 403,
      code: "permission_denied",
      error: "permission_denied",
      detail: "You don't have permission. Contact your administrator.",
      requestId: refused.headers.get("x-request-id"),
    });
  });

  test("names every field that is wrong", async () => {
    const { headers } = await key();
    const response = await post(headers, '{"name":"x","other":1}');
    expect(response.status).toBe(400);
    const body = await response.json();
    expect(body.code).toBe("bad_request");
    expect(body.issues.map((issue: { path: string }) => issue.path)).toContain("/name");
    expect(body.detail).toMatch(/^\/name: .+ \(and 1 more, see issues\)$/);
    const query = await (await send(GET, { headers, path: "?n=x" })).json();
    expect(query.issues[0].path).toBe("/query/n");
    const twice = await (await send(GET, { headers, path: "?q=1&q=2" })).json();
    expect(twice.issues[0].path).toBe("/query/q");
    expect((await (await send(GET, { headers, id: "x".repeat(21) })).json()).issues[0].path).toBe(
      "/params/id",
    );
    expect((await send(GET, { headers, path: "?q=%00" })).status).toBe(400);
    expect((await send(GET, { headers, id: "a\0" })).status).toBe(400);
  });

  test("refuses bodies that are no JSON, or JSON that we do not take", async () => {
    const { headers } = await key();
    for (const body of [
      "{",
      "",
      "nul",
      '{"name":"ok","name":"no"}',
      '{"__proto__":1,"name":"ok"}',
      '{"name":"o\\u0000k"}',
    ]) {
      const response = await post(headers, body);
      expect(response.status, body).toBe(400);
      expect((await response.json()).code, body).toBe(body === "" ? "bad_request" : "malformed_json");
    }
    expect((await post(headers, new Uint8Array([123, 34, 0xff, 34, 58, 49, 125]))).status).toBe(400);
    const deep = `{"name":"ok","deep":${"[".repeat(70)}${"]".repeat(70)}}`;
    expect((await (await post(headers, deep)).json()).issues[0].code).toBe("too_deep");
    expect((await post(headers, '{"name":"ok"}', "text/plain")).status).toBe(415);
    expect((await post(headers, '{"name":"ok"}', "application/merge-patch+json; charset=utf-8")).status).toBe(
      201,
    );
    expect((await post(headers, `{"name":"${"x".repeat(1_048_600)}"}`)).status).toBe(413);
  });

  test("tells nothing of an error that is not ours", async () => {
    const { headers } = await key();
    const response = await post(headers, '{"name":"boom"}');
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('"internal"');
    expect(text).not.toMatch(/hunter2|stack|here/);
  });

  test("passes on what an error carries", async () => {
    const { headers } = await key();
    const response = await post(headers, '{"name":"taken"}');
    expect(response.status).toBe(409);
    expect(response.headers.get("x-hint")).toBe("1");
    expect(await response.json()).toMatchObject({ code: "already_exists", current: 3, detail: "Taken." });
  });

  test("answers 405 with Allow, HEAD without a body, and says what is allowed", async () => {
    const { headers } = await key();
    const { PATCH } = routes("/test/one", { GET: { auth: "public", summary: "One", handler: () => 1 } });
    const refused = await PATCH(new Request("http://localhost/test/one", { method: "PATCH" }));
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect(await refused.json()).toMatchObject({ code: "method_not_allowed" });
    const options = await OPTIONS(new Request("http://localhost/test/x", { method: "OPTIONS" }));
    expect(options.headers.get("allow")).toBe("GET, HEAD, POST, PUT, DELETE, OPTIONS");
    const head = await send(HEAD, { method: "HEAD", headers });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await send(DELETE, { method: "DELETE", headers })).status).toBe(204);
  });

  test("answers 404 as a problem where nothing is declared", async () => {
    const nothing = await routes("/test/none", {}).POST(
      new Request("http://localhost/test/none", { method: "POST" }),
    );
    expect([nothing.status, nothing.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    expect(await nothing.json()).toMatchObject({ code: "not_found", error: "not_found" });
  });

  test("keeps keys out of what is for people", async () => {
    const { headers } = await key();
    expect((await send(PUT, { method: "PUT", headers })).status).toBe(403);
  });

  test("lets a session write from our own pages only", async () => {
    const ctx = await testCtx();
    const user = await createUser(ctx.db, { email: `${uniqueId("u")}@example.org` });
    await ctx.db.membership.create({
      data: { tenantId: ctx.tenant, userId: user.id, roles: ["ROLE_VIEWER"] },
    });
    const token = await encode({ token: { sub: user.id }, secret: keyFor("session").toString("base64") });
    const cookie = `${sessionCookieName()}=${token}`;
    const from = async (headers: Record<string, string>) =>
      (await send(PUT, { method: "PUT", headers: { cookie, ...headers } })).status;
    expect(await from({ "sec-fetch-site": "same-origin" })).toBe(202);
    expect(await from({})).toBe(202);
    expect(await from({ origin: "http://localhost", host: "localhost" })).toBe(202);
    expect(await from({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await from({ "sec-fetch-site": "same-site", origin: "http://localhost", host: "localhost" })).toBe(
      403,
    );
    expect(await from({ origin: "http://evil.example", host: "localhost" })).toBe(403);
    expect(await from({ origin: "null", host: "localhost" })).toBe(403);
    const read = await send(GET, { headers: { cookie, "sec-fetch-site": "cross-site" } });
    expect(read.status).toBe(200);
  });

  test("streams events, ends with the error's code, and stops its source when the reader leaves", async () => {
    let stopped = false;
    async function* source() {
      try {
        yield { event: "a\nb", id: "1", data: { text: "x\ny", n: 1n } };
        throw new AppError("gone", "No longer there.");
      } finally {
        stopped = true;
      }
    }
    const whole = await sseResponse(source(), { requestId: "r" }).text();
    expect(whole).toContain('event: a b\nid: 1\ndata: {"text":"x\\ny","n":1}\n\n');
    expect(whole).toContain("event: error");
    expect(whole).toContain('"code":"gone"');
    stopped = false;
    const reader = sseResponse(source(), { requestId: "r" }).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(stopped).toBe(true);
  });
});
