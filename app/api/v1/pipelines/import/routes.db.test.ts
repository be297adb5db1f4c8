import { expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { ImportAnswer } from "#lib/pipelines/schema.ts";
import { withDatabase } from "#tests/factories.ts";
import { draftIr, ordersIr } from "#tests/pipeline-documents.ts";
import * as exported from "../[id]/export/route.ts";
import * as versions from "../[id]/versions/route.ts";
import * as route from "./route.ts";

type Problem = { code: string; currentVersion?: number; issues: ImportAnswer["issues"] };

withDatabase("pipelines as files", ({ testCtx }) => {
  const client = async (
    ctx: Ctx,
    roles: ("ROLE_DATA_ENGINEER" | "ROLE_VIEWER")[] = ["ROLE_DATA_ENGINEER"],
  ) => {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles } });
    const headers = { authorization: `Bearer ${secret}` };
    return {
      take: (text: string, query = "", type = "application/yaml") =>
        route.POST(
          new Request(`http://localhost/x${query}`, {
            method: "POST",
            headers: { ...headers, "content-type": type },
            body: text,
          }),
        ),
      give: (id: string, query = "") =>
        exported.GET(new Request(`http://localhost/x${query}`, { headers }), {
          params: Promise.resolve({ id }),
        }),
      count: async (id: string) => {
        const params = Promise.resolve({ id });
        const answer = await versions.GET(new Request("http://localhost/x", { headers }), { params });
        return ((await answer.json()) as { pagination: { total: number } }).pagination.total;
      },
    };
  };
  const json = async <T = ImportAnswer>(response: Response) => (await response.json()) as T;
  const document = (options: object = {}) => JSON.stringify(ordersIr("orders", options));

  test("make a pipeline, its next version, or nothing where nothing changed", async () => {
    const { take, give, count } = await client(await testCtx());
    const first = await take(document(), "?note=Initial");
    expect(first.status).toBe(201);
    expect(await json(first)).toMatchObject({
      result: "created",
      version: 1,
      before: null,
      executable: true,
    });

    const file = await give("orders");
    expect(Object.fromEntries(file.headers)).toMatchObject({
      "content-type": "application/yaml; charset=utf-8",
      "content-disposition": 'attachment; filename="orders.yaml"',
      etag: '"1"',
    });
    const yaml = await file.text();
    expect(yaml).toMatch(/^# Penstock pipeline: orders\n# Version: 1\n/);
    const same = await take(yaml);
    expect([same.status, (await json(same)).result]).toEqual([200, "unchanged"]);
    const asJson = await (await give("orders", "?format=json")).text();
    expect((await json(await take(asJson, "", "application/json"))).result).toBe("unchanged");
    expect(await count("orders")).toBe(1);

    const edited = yaml.replace("loadMode: append", "loadMode: truncate");
    const dry = await json(await take(edited, "?dryRun=true"));
    expect(dry).toMatchObject({ result: "updated", dryRun: true, version: 2, before: 1 });
    expect(dry.changes.map(({ label }) => label)).toEqual(["modify load.loadMode: append → truncate"]);
    expect(await count("orders")).toBe(1);
    const next = await take(edited, "?filename=orders.yml", "application/octet-stream");
    expect([next.status, (await json(next)).version]).toEqual([201, 2]);
    expect(await (await give("orders", "?version=1")).text()).toBe(yaml);
  });

  test("keep a draft, and say where it is not whole", async () => {
    const { take } = await client(await testCtx());
    const answer = await json(await take(JSON.stringify(draftIr("orders"), null, 2), "", "application/json"));
    expect(answer).toMatchObject({ result: "created", executable: false });
    expect(answer.warnings[0]).toMatchObject({ code: "no_target", path: "/nodes", line: 8, column: 3 });
  });

  test("are refused with the line and column of what is wrong, and a dry run tells the same", async () => {
    const { take, give } = await client(await testCtx());
    const text =
      'kind: pipeline\nversion: "1.0"\nid: orders\nmetadata: {name: Orders}\nnodes:\n  - id: a\n    kind: sorce\n';
    const refused = await take(text);
    expect(refused.status).toBe(400);
    const problem = await json<Problem>(refused);
    expect(problem.code).toBe("invalid_ir");
    expect(problem.issues).toMatchObject([
      { code: "unknown_value", path: "/nodes/0/kind", line: 7, column: 5 },
    ]);
    const dry = await take(text, "?dryRun=true");
    expect(dry.status).toBe(200);
    expect(await json(dry)).toMatchObject({ result: "invalid", issues: problem.issues });
    expect((await json(await take("a: &x 1\nb: *x", "?dryRun=true"))).issues[0]).toMatchObject({
      code: "anchor",
    });
    expect((await take(document(), "", "text/plain")).status).toBe(415);
    expect((await give("orders")).status).toBe(404);
  });

  test("are not taken over a version that the file was not made from", async () => {
    const { take, count } = await client(await testCtx());
    await take(document());
    await take(document({ loadMode: "truncate" }), "?baseVersion=1");
    const stale = await take(document({ schedule: { kind: "interval", minutes: 5 } }), "?baseVersion=1");
    expect(stale.status).toBe(409);
    expect(await json<Problem>(stale)).toMatchObject({ code: "stale_version", currentVersion: 2 });
    expect(await count("orders")).toBe(2);
    expect((await take(JSON.stringify(ordersIr("other")), "?baseVersion=1")).status).toBe(404);
  });

  test("are compared by who may read, and written only by who may write, each in their own tenant", async () => {
    const ctx = await testCtx();
    const viewer = await client(ctx, ["ROLE_VIEWER"]);
    expect(await json(await viewer.take(document(), "?dryRun=true"))).toMatchObject({ result: "created" });
    expect((await viewer.take(document())).status).toBe(403);
    await (await client(ctx)).take(document());
    expect((await viewer.take(document())).status).toBe(403);
    const elsewhere = await client(await testCtx());
    expect((await elsewhere.give("orders")).status).toBe(404);
    expect(await json(await elsewhere.take(document(), "?dryRun=true"))).toMatchObject({ result: "created" });
  });
});
