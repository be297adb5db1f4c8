import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { listDeclaredRoutes, METHODS, openApiDocument } from "#lib/http/index.ts";
import { routeFiles, routeIndex, storedRouteIndex } from "../../scripts/route-index.ts";

/** The path that Next gives a route file: folders in parentheses vanish, parameters stand in brackets. */
function pathOf(file: string): string {
  const parts = path.posix
    .dirname(file)
    .split("/")
    .slice(1)
    .filter((part) => !/^\(.*\)$/.test(part))
    .map((part) => part.replace(/^\[(?:\.\.\.)?(\w+)\]$/, "{$1}"));
  return `/${parts.join("/")}`;
}

describe("every route", () => {
  beforeAll(async () => {
    await import("./v1/openapi.json/route.ts");
    await import("./route-index.ts");
  }, 60_000);

  it("is in the index (node scripts/route-index.ts writes it)", () => {
    expect(storedRouteIndex()).toBe(routeIndex());
  });

  it("is declared by routes(), under its own path", () => {
    const declared = new Set(listDeclaredRoutes().map((route) => route.path));
    const silent = routeFiles().filter((file) => !declared.has(pathOf(file)));
    expect(silent, "only the routes of unknown addresses declare nothing").toEqual([
      "app/api/[...path]/route.ts",
      "app/v1/[...path]/route.ts",
    ]);
    expect([...declared].filter((at) => !routeFiles().map(pathOf).includes(at))).toEqual([]);
  });

  it("exports what routes() returns and nothing else that answers", () => {
    for (const file of routeFiles()) {
      const source = readFileSync(file, "utf8");
      const exported = /export const \{([^}]*)\} = routes\(\s*"([^"]+)"/.exec(source);
      expect(exported, `${file} must be one routes() declaration`).not.toBeNull();
      const names = exported?.[1]?.split(",").map((name) => name.trim()) ?? [];
      for (const method of METHODS) expect(names, `${file} must export ${method}`).toContain(method);
      expect(source.match(/^export /gm), `${file} must export nothing else`).toHaveLength(1);
      expect(source, `${file} must not touch the database`).not.toMatch(/lib\/db\.ts/);
    }
  });

  it("says who may call it", () => {
    const open = listDeclaredRoutes().filter((route) => route.auth === "public");
    expect(open.map((route) => `${route.method} ${route.path}`)).toEqual([
      "GET /api/auth/{nextauth}",
      "POST /api/auth/{nextauth}",
      "GET /api/v1/openapi.json",
      "GET /healthz",
      "GET /readyz",
    ]);
    for (const route of listDeclaredRoutes()) {
      expect(route.summary.length, `${route.method} ${route.path} needs a summary`).toBeGreaterThan(5);
      if (route.auth !== "public") expect(route.permission, `${route.method} ${route.path}`).toBeDefined();
    }
  });

  it("asks for more than reading where it changes something", () => {
    const writes = listDeclaredRoutes().filter((route) => route.method !== "GET" && route.permission);
    const readers = writes.filter((route) => route.permission?.endsWith(".read"));
    expect(
      readers.map((route) => `${route.method} ${route.path}`).filter((name) => !HARMLESS.has(name)),
    ).toEqual([]);
  });

  it("is in the OpenAPI document, which says what each declares", () => {
    const document = openApiDocument({ version: "1", url: "http://localhost" }) as {
      paths: Record<
        string,
        Record<string, { operationId: string; parameters: { name: string; in: string }[] }>
      >;
    };
    const ids: string[] = [];
    for (const { path: at, method } of listDeclaredRoutes()) {
      const operation = document.paths[at]?.[method.toLowerCase()];
      expect(operation, `${method} ${at}`).toBeDefined();
      ids.push(operation?.operationId ?? "");
      const names = [...at.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const given = operation?.parameters.filter((one) => one.in === "path").map((one) => one.name);
      expect(given?.sort(), `${method} ${at}`).toEqual(names.sort());
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.stringify(document)).not.toContain("undefined");
  });

  it("says in the OpenAPI document who may call it, and how it refuses", () => {
    const document = openApiDocument({ version: "1", url: "http://localhost" }) as {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
    };
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { path: at, method, auth } of listDeclaredRoutes()) {
      const name = `${method} ${at}`;
      const operation = document.paths[at]?.[method.toLowerCase()];
      expect(operation?.summary.trim(), name).not.toBe("");
      const credentials = operation?.security.flatMap((one) => Object.keys(one)) ?? [];
      expect(credentials.sort(), name).toEqual(AUTH[auth]);
      expect(schemes, name).toEqual(expect.arrayContaining(credentials));
      const { responses = {} } = operation ?? {};
      const done = Object.keys(responses).filter((status) => status.startsWith("2"));
      expect(done, name).toHaveLength(1);
      const refusals = Object.entries(responses).filter(([status]) => !status.startsWith("2"));
      expect(refusals.map(([status]) => status)).toContain("default");
      if (auth !== "public") expect(Object.keys(responses)).toEqual(expect.arrayContaining(["401", "403"]));
      for (const [status, refusal] of refusals)
        expect(refusal.content?.["application/problem+json"]?.schema, `${name} ${status}`).toEqual({
          $ref: "#/components/schemas/Problem",
        });
    }
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    for (const [, name = ""] of references) expect(document.components.schemas).toHaveProperty([name]);
  });

  it("lies under app/", () => {
    expect(existsSync("app")).toBe(true);
    expect(routeFiles().length).toBeGreaterThan(20);
  });
});

type Operation = {
  summary: string;
  security: Record<string, string[]>[];
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
};
const AUTH: Record<string, string[]> = {
  public: [],
  session: ["session"],
  "key-or-session": ["key", "session"],
};

/** They change nothing of the tenant's: they check, or are about the caller alone. */
const HARMLESS = new Set([
  "POST /api/v1/me/tenant",
  "POST /api/v1/me/password",
  "POST /api/v1/pipelines/validate",
  // A dry run compares, for whoever reads; one that writes asks for pipelines.write itself, and its test says so.
  "POST /api/v1/pipelines/import",
  "POST /v1/query",
]);
