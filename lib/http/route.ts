import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { type Permission, requirePermission } from "#lib/access/index.ts";
import { authenticate, type Identity } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { getDb } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { requireSameOrigin } from "./csrf.ts";
import { invalidRequest, problemResponse, zodIssues } from "./problem.ts";
import { readJsonBody } from "./read-body.ts";
import { type AuthKind, METHODS, type Method, registerRoute } from "./registry.ts";
import { toResponse } from "./reply.ts";

type Schema = z.ZodType | undefined;
type Out<S extends Schema, Otherwise> = S extends z.ZodType ? z.output<S> : Otherwise;

/** What a handler gets. Without a schema, `params` is what the path held and `query` is raw. */
export type HandlerArgs<I extends Schema, P extends Schema, Q extends Schema> = {
  ctx: Ctx;
  input: Out<I, undefined>;
  params: Out<P, Record<string, string | string[]>>;
  query: Out<Q, Record<string, string | string[]>>;
  request: Request;
};

type Access =
  | { auth: "public"; permission?: undefined }
  | { auth: Exclude<AuthKind, "public">; permission: Permission };

/** One method of a route. `output` documents the answer; `status` is the one of success. */
export type Declaration<I extends Schema, P extends Schema, Q extends Schema> = Access & {
  summary: string;
  description?: string;
  status?: number;
  input?: I;
  params?: P;
  query?: Q;
  output?: z.ZodType;
  /** Largest body in bytes, where the usual limit does not fit. */
  maxBytes?: number;
  /** True where the handler reads the body itself: `input` only documents it then, and is not handed over. */
  rawBody?: boolean;
  handler: (args: HandlerArgs<I, P, Q>) => unknown;
};

type AnyDeclaration = Declaration<Schema, Schema, Schema>;
type RouteContext = { params: Promise<Record<string, string | string[] | undefined>> };
/** A handler as Next calls it. */
export type RouteHandler = (request: Request, context?: RouteContext) => Promise<Response>;

/**
 * The one way a route file is written: declares each method, and answers with authenticate → permission → parse →
 * handler → problem+json. Methods that are not declared answer 405 with `Allow`; with none declared, 404.
 * @param path the route's address with parameters in braces, such as `/api/v1/pipelines/{id}`.
 */
export function routes<
  GP extends Schema = undefined,
  GQ extends Schema = undefined,
  PoI extends Schema = undefined,
  PoP extends Schema = undefined,
  PoQ extends Schema = undefined,
  PuI extends Schema = undefined,
  PuP extends Schema = undefined,
  PuQ extends Schema = undefined,
  PaI extends Schema = undefined,
  PaP extends Schema = undefined,
  PaQ extends Schema = undefined,
  DI extends Schema = undefined,
  DP extends Schema = undefined,
  DQ extends Schema = undefined,
>(
  path: string,
  declared: {
    GET?: Declaration<undefined, GP, GQ>;
    POST?: Declaration<PoI, PoP, PoQ>;
    PUT?: Declaration<PuI, PuP, PuQ>;
    PATCH?: Declaration<PaI, PaP, PaQ>;
    DELETE?: Declaration<DI, DP, DQ>;
  },
): Record<Method | "HEAD" | "OPTIONS", RouteHandler> {
  const byMethod = declared as unknown as Partial<Record<Method, AnyDeclaration>>;
  const allow = METHODS.filter((method) => byMethod[method]).flatMap((method) =>
    method === "GET" ? ["GET", "HEAD"] : [method],
  );
  allow.push("OPTIONS");
  for (const method of METHODS) {
    const one = byMethod[method];
    if (one) registerRoute({ ...one, path, method, status: one.status ?? 200 });
  }
  const refuse = () =>
    allow.length === 1
      ? new AppError("not_found", "There is nothing at this address; /docs/api lists what there is.")
      : new AppError("method_not_allowed", `Allowed here: ${allow.join(", ")}.`, {
          headers: { allow: allow.join(", ") },
        });
  const serve =
    (method: Method): RouteHandler =>
    (request, context) =>
      answer(request, path, async (requestId, note) => {
        const one = byMethod[method];
        if (!one) throw refuse();
        return handle(one, request, context, requestId, note);
      });
  return {
    GET: serve("GET"),
    POST: serve("POST"),
    PUT: serve("PUT"),
    PATCH: serve("PATCH"),
    DELETE: serve("DELETE"),
    HEAD: async (request, context) => {
      const response = await serve("GET")(request, context);
      await response.body?.cancel();
      return new Response(null, response);
    },
    OPTIONS: allowed.bind(undefined, allow.join(", ")),
  };
}

async function allowed(methods: string): Promise<Response> {
  return new Response(null, { status: 204, headers: { allow: methods } });
}

/** An API answer is never a page: nothing in it may be run, framed or guessed at. */
const SAFE_HEADERS = [
  ["x-content-type-options", "nosniff"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
] as const;

type Note = (who: Identity) => void;

/** Runs one request: a request id in and out, every error as a problem, one line in the log. */
async function answer(
  request: Request,
  path: string,
  run: (requestId: string, note: Note) => Promise<Response>,
): Promise<Response> {
  const started = performance.now();
  const requestId = requestIdOf(request);
  let who: Identity | undefined;
  let response: Response;
  try {
    response = await run(requestId, (identity) => {
      who = identity;
    });
  } catch (error) {
    response = problemResponse(error, requestId);
  }
  for (const [name, value] of SAFE_HEADERS) response.headers.set(name, value);
  log.info(
    {
      requestId,
      method: request.method,
      path,
      status: response.status,
      ms: Math.round(performance.now() - started),
      tenant: who?.tenant,
      actor: who?.actor.id,
    },
    "request",
  );
  return response;
}

/** The caller's request id if it is a sane one, else a new one. */
export function requestIdOf(request: { headers: Headers }): string {
  const given = request.headers.get("x-request-id");
  return given && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

async function handle(
  one: AnyDeclaration,
  request: Request,
  context: RouteContext | undefined,
  requestId: string,
  note: Note,
): Promise<Response> {
  const ctx = one.auth === "public" ? undefined : await enter(one, request, requestId, note);
  const args = {
    // A public handler has no caller; its type says so by what it may not use.
    ctx: ctx as Ctx,
    params: parse(one.params, cleanParams(await context?.params), "/params"),
    query: parse(one.query, readQuery(request), "/query"),
    input:
      one.input && !one.rawBody ? parse(one.input, await readJsonBody(request, one.maxBytes), "") : undefined,
    request,
  };
  return toResponse(await one.handler(args as never), one.status, requestId);
}

async function enter(one: AnyDeclaration, request: Request, requestId: string, note: Note): Promise<Ctx> {
  const db = await getDb();
  const identity = await authenticate(db, request);
  note(identity);
  if (identity.via === "session" && request.method !== "GET" && request.method !== "HEAD")
    requireSameOrigin(request.headers);
  if (one.auth === "session" && identity.via !== "session")
    throw new AppError("permission_denied", "Only a signed-in person may do this, not a key.");
  const { tenant, actor, roles, agentId } = identity;
  const ctx: Ctx = { tenant, actor, roles, requestId, db, agentId, signal: request.signal };
  if (roles.length === 0) throw noRoleLeft();
  if (one.permission) requirePermission(ctx, one.permission);
  return ctx;
}

/** The usual refusal, with what whoever wrote the headers needs to know. */
function noRoleLeft(): AppError {
  const message =
    "No role is left: X-User-Roles, the credential's roles and the person's membership have none in common.";
  return new AppError("permission_denied", "You don't have permission. Contact your administrator.", {
    issues: [{ code: "no_role_left", path: "/headers/X-User-Roles", message }],
  });
}

function parse(schema: Schema, value: unknown, root: string): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequest(zodIssues(parsed.error, root));
}

type Strings = Record<string, string | string[]>;

function cleanParams(params: Awaited<RouteContext["params"]> | undefined): Strings {
  const given = Object.entries(params ?? {}).filter(
    (entry): entry is [string, string | string[]] => !!entry[1],
  );
  for (const [name, value] of given) refuseNul(String(value), `/params/${name}`);
  return Object.fromEntries(given);
}

/** The query's parameters; one that stands several times becomes a list. */
function readQuery(request: Request): Strings {
  const search = new URL(request.url).searchParams;
  const query = new Map<string, string | string[]>();
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    refuseNul(values.join(), `/query/${name}`);
    query.set(name, values.length > 1 ? values : (values[0] ?? ""));
  }
  return Object.fromEntries(query);
}

function refuseNul(text: string, path: string): void {
  if (!text.includes("\0")) return;
  throw invalidRequest([{ code: "unstorable_text", path, message: "Text must not hold NUL" }]);
}
