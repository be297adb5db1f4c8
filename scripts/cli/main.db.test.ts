import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, inject, onTestFinished, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { appendLog, finishRun, listRuns } from "#lib/runs/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { draftIr, ordersIr } from "#tests/pipeline-documents.ts";
import { claimed, until } from "#tests/run-kit.ts";
import * as exported from "../../app/api/v1/pipelines/[id]/export/route.ts";
import * as run from "../../app/api/v1/pipelines/[id]/run/route.ts";
import * as imported from "../../app/api/v1/pipelines/import/route.ts";
import * as pipelines from "../../app/api/v1/pipelines/route.ts";
import * as validate from "../../app/api/v1/pipelines/validate/route.ts";
import * as log from "../../app/api/v1/runs/[runId]/log/route.ts";
import * as runs from "../../app/api/v1/runs/[runId]/route.ts";
import { main } from "./main.ts";

type Route = Partial<Record<string, RouteHandler>>;
const ROUTES: [RegExp, Route][] = [
  [/^\/api\/v1\/pipelines$/, pipelines],
  [/^\/api\/v1\/pipelines\/import$/, imported],
  [/^\/api\/v1\/pipelines\/validate$/, validate],
  [/^\/api\/v1\/pipelines\/(?<id>[^/]+)\/export$/, exported],
  [/^\/api\/v1\/pipelines\/(?<id>[^/]+)\/run$/, run],
  [/^\/api\/v1\/runs\/(?<runId>[^/]+)$/, runs],
  [/^\/api\/v1\/runs\/(?<runId>[^/]+)\/log$/, log],
];

withDatabase("the command line", ({ testCtx }) => {
  /** The real routes behind a real socket, and the command line of somebody with a key. */
  async function terminal(
    ctx: Ctx,
    roles: ("ROLE_DATA_ENGINEER" | "ROLE_VIEWER")[] = ["ROLE_DATA_ENGINEER"],
  ) {
    const server = createServer(async (request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const body = await buffer(request);
      const found = ROUTES.find(([pattern]) => pattern.test(url.pathname));
      const handler = found?.[1][request.method ?? ""];
      const params = { ...found?.[0].exec(url.pathname)?.groups };
      const init = { method: request.method, headers: request.headers as Record<string, string> };
      const answer = await handler?.(
        new Request(url, body.length > 0 ? { ...init, body: new Uint8Array(body) } : init),
        { params: Promise.resolve(params) },
      );
      response.writeHead(answer?.status ?? 404, Object.fromEntries(answer?.headers ?? []));
      response.end(await answer?.text());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { secret } = await createApiKey({ ctx, input: { name: "ci", roles } });
    const { port } = server.address() as AddressInfo;
    const env = { PENSTOCK_URL: `http://127.0.0.1:${port}/`, PENSTOCK_API_KEY: secret };
    return async (...argv: string[]) => {
      let [out, err] = ["", ""];
      const code = await main({
        argv,
        env,
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
      });
      expect(out + err).not.toContain(secret);
      return { code, out, err };
    };
  }
  const folder = () => mkdtempSync(path.join(inject("temporaryFolder"), "cli-"));
  const put = (at: string, name: string, document: unknown) => {
    const file = path.join(at, name);
    writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document, null, 2));
    return file;
  };

  test("takes a pipeline from a file, back to one, and changes nothing where nothing changed", async () => {
    const penstock = await terminal(await testCtx());
    const at = folder();
    const first = put(at, "orders.json", ordersIr("orders"));
    expect(await penstock("validate", first)).toEqual({ code: 0, out: `${first}: valid\n`, err: "" });
    expect((await penstock("diff", first)).out).toContain("orders would be created\n  + ");
    expect((await penstock("apply", first, "--dry-run")).out).toContain("orders would be created");
    expect((await penstock("export", "orders")).code).toBe(1);
    expect((await penstock("apply", first)).out).toBe(`${first}: orders created, version 1\n`);

    const yaml = path.join(at, "orders.yaml");
    expect((await penstock("export", "orders", "-o", yaml)).code).toBe(0);
    expect(readFileSync(yaml, "utf8")).toMatch(
      /^# Penstock pipeline: orders\n# Version: 1\n\nkind: pipeline\n/,
    );
    expect((await penstock("apply", yaml)).out).toBe(`${yaml}: orders is unchanged (version 1)\n`);
    expect((await penstock("diff", yaml, "--exit-code")).code).toBe(0);

    writeFileSync(yaml, readFileSync(yaml, "utf8").replace("loadMode: append", "loadMode: truncate"));
    const changed = await penstock("diff", yaml);
    expect(changed).toMatchObject({ code: 0, err: "" });
    expect(changed.out).toBe(
      `${yaml}: orders would go from version 1 to 2\n  ~ modify load.loadMode: append → truncate\n`,
    );
    expect((await penstock("diff", yaml, "--exit-code")).code).toBe(1);
    const applied = await penstock("apply", yaml, "--note", "Whole each day", "--json");
    expect(JSON.parse(applied.out)).toMatchObject({ ok: true, files: [{ result: "updated", version: 2 }] });
    expect((await penstock("export", "orders", "--version", "1", "--format", "json")).out).toContain(
      '"append"',
    );
    expect((await penstock("list")).out).toMatch(
      /^ID +VERSION +SCHEDULE +LAST RUN\norders +2 +none +never\n$/,
    );
  });

  test("applies all files or none, tells what is wrong by line, and who may not", async () => {
    const ctx = await testCtx();
    const penstock = await terminal(ctx);
    const at = folder();
    const good = put(at, "good.json", ordersIr("good"));
    const bad = put(
      at,
      "bad.yaml",
      'kind: pipeline\nversion: "1.0"\nid: bad\nmetadata: {name: B}\nnodes: [{id: a}]\n',
    );
    const refused = await penstock("apply", good, bad);
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toMatch(/bad\.yaml:5:\d+: error: .*\[missing_field\]\nNothing was applied\.\n$/);
    expect((await penstock("export", "good")).code).toBe(1);
    const twin = put(at, "twin.json", ordersIr("good"));
    expect((await penstock("apply", good, twin)).code).toBe(2);
    const draft = await penstock("apply", put(at, "draft.json", draftIr("draft")));
    expect(draft.code).toBe(0);
    expect(draft.err).toMatch(/a draft, it cannot run yet:\n.*draft\.json:\d+:\d+: warning: .*\[no_target\]/);
    const unknown = { ...ordersIr("x", { destination: "nowhere" }) };
    expect((await penstock("validate", put(at, "x.json", unknown))).err).toContain("[unknown_destination]");

    const viewer = await terminal(ctx, ["ROLE_VIEWER"]);
    expect((await viewer("diff", good)).code).toBe(0);
    const denied = await viewer("apply", good);
    expect(denied.code).toBe(1);
    expect(denied.err).toMatch(/permission.*\[permission_denied\]\nRequest \S+\n$/);
  });

  test("runs a pipeline, waits for its end, and reads its log", async () => {
    const ctx = await testCtx();
    const penstock = await terminal(ctx);
    await penstock("apply", put(folder(), "orders.json", ordersIr("orders")));
    const asked = JSON.parse((await penstock("run", "orders", "--json")).out) as { runId: string };
    const late = await penstock("run", "orders", "--wait", "--timeout", "1");
    expect(late.code).toBe(1);
    expect(late.err).toContain("It is queued after 1 s, and goes on");

    const following = penstock("logs", asked.runId, "--follow");
    const work = await claimed(ctx, asked.runId);
    const entry = { level: "info" as const, message: "Reading orders.csv", nodeId: "src" };
    await appendLog(work, entry);
    await finishRun(work, { status: "completed", rowsRead: 3 });
    const followed = await following;
    expect(followed.code).toBe(0);
    expect(followed.out).toMatch(/^\S+Z info {2}src: Reading orders\.csv$/m);
    const line = JSON.parse((await penstock("logs", asked.runId, "--json")).out.split("\n")[0] ?? "");
    expect(line).toHaveProperty("message");

    await penstock("apply", put(folder(), "other.json", ordersIr("other")));
    const waiting = penstock("run", "other", "--wait");
    const runOfOther = async () => (await listRuns({ ctx, input: { pipeline: "other" } })).data[0]?.runId;
    await until(runOfOther);
    const error = {
      code: "source_missing",
      message: "There is no such file",
      nodeId: "src",
      retryable: false,
    };
    await finishRun(await claimed(ctx, (await runOfOther()) ?? ""), { status: "failed", error });
    const failed = await waiting;
    expect(failed.code).toBe(1);
    expect(failed.out).toMatch(/^Run \S+\nfailed: 0 read, 0 loaded, 0 rejected\n$/);
    expect(failed.err).toContain("src: There is no such file [source_missing]");
    expect((await penstock("run", "nothing")).err).toContain("[pipeline_not_found]");
  });
});
