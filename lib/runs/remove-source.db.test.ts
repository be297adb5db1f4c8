import { expect, it } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { createSource, getSource } from "#lib/sources/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { createPipeline } from "./create-pipeline.ts";
import { removeSource } from "./remove-source.ts";
import { sourceUses } from "./source-uses.ts";

const FIELDS = {
  host: "db.example.com",
  port: 5432,
  database: "shop",
  username: "reader",
  password: "secret",
};

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    ({ code }: { code: string }) => code,
  );

const documentReading = (sourceRef: string) => ({
  kind: "pipeline",
  version: "1.0",
  id: "orders",
  metadata: { name: "Orders" },
  nodes: [
    {
      id: "s",
      kind: "source",
      connector: "postgres",
      sourceRef,
      config: { stream: "public.orders", syncMode: "full_refresh" },
    },
    { id: "t", kind: "target", input: "s", schema: "shop.orders", loadMode: "truncate" },
  ],
});

withDatabase("saved sources", ({ testCtx }) => {
  const create = (ctx: Ctx) => createSource({ ctx, input: { connector: "postgres", fields: FIELDS } });

  it("stay while a pipeline enriches with a table of them", async () => {
    const ctx = await testCtx();
    const [read, { id, name }] = [await create(ctx), await create(ctx)];
    const document = documentReading(read.name);
    const side = { sourceRef: name, stream: "public.customers" };
    const enrich = { ...{ id: "e", kind: "enrich", input: "s" }, with: side, select: ["name"] };
    const on = [{ left: "customer", right: "id" }];
    const ir = { ...document, nodes: [...document.nodes, { ...enrich, on }] };
    await createPipeline({ ctx, input: { irVersion: "1.0", ir } });
    expect((await sourceUses({ ctx, id })).data).toMatchObject([
      { slug: "orders", streams: [{ stream: "public.customers" }] },
    ]);
    expect(await refusal(removeSource({ ctx, id }))).toBe("source_in_use");
  });

  it("stay while a pipeline reads from them", async () => {
    const ctx = await testCtx();
    const { id, name } = await create(ctx);
    await createPipeline({ ctx, input: { irVersion: "1.0", ir: documentReading(name) } });
    expect((await sourceUses({ ctx, id })).data).toMatchObject([
      { slug: "orders", streams: [{ stream: "public.orders", syncMode: "full_refresh" }] },
    ]);
    expect(await refusal(removeSource({ ctx, id }))).toBe("source_in_use");
    const unused = await create(ctx);
    await removeSource({ ctx, id: unused.id });
    expect(await refusal(getSource({ ctx, id: unused.id }))).toBe("source_not_found");
    const actions = await ctx.db.auditLog.findMany({ where: { tenantId: ctx.tenant, entityType: "source" } });
    expect(actions.map(({ action }) => action)).toContain("source.deleted");
  });

  it("are forgotten by nobody else", async () => {
    const [owner, stranger] = [await testCtx(), await testCtx()];
    const { id, name } = await create(owner);
    for (const ref of [id, name])
      expect(await refusal(removeSource({ ctx: stranger, id: ref }))).toBe("source_not_found");
    expect(await refusal(removeSource({ ctx: { ...owner, roles: ["ROLE_VIEWER"] }, id }))).toBe(
      "permission_denied",
    );
    expect((await getSource({ ctx: owner, id })).name).toBe(name);
  });
});
