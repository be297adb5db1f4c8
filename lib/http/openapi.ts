import { z } from "zod";
import { type ProblemCode, problems } from "#lib/errors.ts";
import { PROBLEM_TYPE } from "./problem.ts";
import { type DeclaredRoute, listDeclaredRoutes } from "./registry.ts";

type Json = Record<string, unknown>;

const NAMES = Object.keys(problems) as ProblemCode[];
const PROBLEM_SCHEMA: Json = {
  type: "object",
  required: ["type", "title", "status", "detail", "code", "error", "requestId"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "A sentence for people" },
    code: { type: "string", enum: NAMES, description: "Stable; `error` is always equal to it" },
    error: { type: "string", enum: NAMES },
    requestId: { type: "string", description: "Names the line in the log" },
    issues: {
      type: "array",
      items: {
        type: "object",
        required: ["code", "path", "message"],
        properties: {
          code: { type: "string" },
          path: { type: "string", description: "JSON Pointer (RFC 6901)" },
          message: { type: "string" },
          hint: { type: "string" },
        },
      },
    },
  },
};

/** The OpenAPI 3.1 document of every route imported so far, made from what each one declares. */
export function openApiDocument(info: { version: string; url: string }): Json {
  const paths: Record<string, Json> = {};
  for (const route of listDeclaredRoutes()) {
    paths[route.path] ??= {};
    (paths[route.path] as Json)[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Penstock",
      version: info.version,
      description:
        "Every error is application/problem+json (RFC 9457) with a stable `code`. Send `Authorization: Bearer <key>`; " +
        "`X-Tenant-Id`, `X-User-ID` and `X-User-Roles` are claims that a gateway key may make and others must match.",
    },
    servers: [{ url: info.url }],
    paths,
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key or a gateway key" },
        session: { type: "apiKey", in: "cookie", name: "next-auth.session-token" },
      },
    },
  };
}

function operation(route: DeclaredRoute): Json {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const failures = [
    ...(route.auth === "public" ? [] : [401, 403]),
    ...(route.params || route.query || route.input ? [400] : []),
    ...(names.length > 0 ? [404] : []),
    ...(route.input ? [413, 415] : []),
  ].sort();
  return {
    operationId: `${route.method.toLowerCase()}_${route.path.replace(/\W+/g, "_").replace(/^_|_$/g, "")}`,
    tags: [tagOf(route.path)],
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    security: securityOf(route),
    ...(route.permission ? { "x-permission": route.permission } : {}),
    parameters: [...parameters(route.params, "path", names), ...parameters(route.query, "query")],
    ...(route.input
      ? { requestBody: { required: true, content: json(schemaOf(route.input, "input")) } }
      : {}),
    responses: {
      [route.status]: {
        description: "Done",
        ...(route.output ? { content: json(schemaOf(route.output, "output")) } : {}),
      },
      ...Object.fromEntries(
        failures.map((status) => [status, { description: "Refused", content: problem() }]),
      ),
      default: { description: "Any other failure", content: problem() },
    },
  };
}

function tagOf(path: string): string {
  const parts = path.split("/").filter((part) => part && !part.startsWith("{"));
  return (parts[0] === "api" && parts[1] === "v1" ? parts[2] : parts[0]) ?? "root";
}

function securityOf({ auth }: DeclaredRoute): Json[] {
  if (auth === "public") return [];
  return auth === "session" ? [{ session: [] }] : [{ key: [] }, { session: [] }];
}

function json(schema: Json): Json {
  return { "application/json": { schema } };
}

function problem(): Json {
  return { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } };
}

/** A schema as JSON Schema 2020-12. What JSON Schema cannot say, such as a transform, stands as anything. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}

function parameters(schema: z.ZodType | undefined, place: "path" | "query", names: string[] = []): Json[] {
  const { properties = {}, required = [] } = (schema ? schemaOf(schema, "input") : {}) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  const all = new Set([...names, ...Object.keys(properties)]);
  return [...all].map((name) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: properties[name] ?? { type: "string" },
  }));
}
