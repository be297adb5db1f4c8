import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { createPipeline, finishRun, recordProgress } from "#lib/runs/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { endedRun, failedRun } from "#tests/notice-kit.ts";
import { claimed, request, until } from "#tests/run-kit.ts";
import { type Receiver, startReceiver } from "#tests/servers/receiver.ts";
import { createChannel } from "./create-channel.ts";
import { keepNotices } from "./keep-notices.ts";
import { noteRuns } from "./note-runs.ts";
import { noteStarts } from "./open-lineage.ts";
import { drainChannel } from "./send-due.ts";

/** What the specification asks of a facet: openlineage.io/spec/2-0-2/OpenLineage.json, BaseFacet. */
const facet = <Shape extends z.ZodRawShape>(kind: string, shape: Shape) =>
  z.strictObject({
    _producer: z.url(),
    _schemaURL: z
      .url()
      .regex(
        new RegExp(`^https://openlineage\\.io/spec/facets/\\d-\\d-\\d/${kind}\\.json#/\\$defs/${kind}$`),
      ),
    ...shape,
  });
const dataSource = facet("DatasourceDatasetFacet", { name: z.string(), uri: z.url() });
const schema = facet("SchemaDatasetFacet", {
  fields: z.array(
    z.strictObject({ name: z.string(), type: z.string().optional(), ordinal_position: z.int().min(1) }),
  ),
});
const inputField = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  field: z.string(),
  transformations: z.array(
    z.discriminatedUnion("type", [
      z.strictObject({
        type: z.literal("DIRECT"),
        subtype: z.enum(["IDENTITY", "TRANSFORMATION", "AGGREGATION"]),
        description: z.string(),
        masking: z.boolean(),
      }),
      z.strictObject({
        type: z.literal("INDIRECT"),
        subtype: z.enum(["JOIN", "GROUP_BY", "FILTER", "SORT", "WINDOW", "CONDITIONAL"]),
        description: z.string(),
        masking: z.boolean(),
      }),
    ]),
  ),
});
const columnLineage = facet("ColumnLineageDatasetFacet", {
  fields: z.record(z.string(), z.strictObject({ inputFields: z.array(inputField) })),
  dataset: z.array(inputField).optional(),
});
const named = { namespace: z.string().min(1), name: z.string().min(1) };
const Event = z.strictObject({
  eventType: z.enum(["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]),
  eventTime: z.iso.datetime({ offset: true }),
  producer: z.url(),
  schemaURL: z.literal("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"),
  run: z.strictObject({
    runId: z.uuid(),
    facets: z.strictObject({
      nominalTime: facet("NominalTimeRunFacet", { nominalStartTime: z.iso.datetime() }).optional(),
      parent: facet("ParentRunFacet", {
        run: z.strictObject({ runId: z.uuid() }),
        job: z.strictObject(named),
      }).optional(),
      errorMessage: facet("ErrorMessageRunFacet", {
        message: z.string(),
        programmingLanguage: z.string(),
      }).optional(),
    }),
  }),
  job: z.strictObject({
    ...named,
    facets: z.strictObject({
      jobType: facet("JobTypeJobFacet", {
        processingType: z.literal("BATCH"),
        integration: z.string(),
        jobType: z.string(),
      }),
      documentation: facet("DocumentationJobFacet", { description: z.string() }).optional(),
    }),
  }),
  inputs: z.array(
    z.strictObject({
      ...named,
      facets: z.strictObject({ dataSource, schema: schema.optional() }),
      inputFacets: z
        .strictObject({
          inputStatistics: facet("InputStatisticsInputDatasetFacet", { rowCount: z.int() }),
        })
        .optional(),
    }),
  ),
  outputs: z.array(
    z.strictObject({
      ...named,
      facets: z.strictObject({
        dataSource,
        schema: schema.optional(),
        columnLineage: columnLineage.optional(),
      }),
      outputFacets: z
        .strictObject({
          outputStatistics: facet("OutputStatisticsOutputDatasetFacet", { rowCount: z.int() }),
        })
        .optional(),
    }),
  ),
});

const ir = {
  kind: "pipeline",
  version: "1.0",
  id: "orders",
  metadata: { name: "Orders", description: "Orders of the day" },
  nodes: [
    { id: "src", kind: "source", connector: "local_fs", config: { path: "/tmp/orders.csv" } },
    {
      id: "t",
      kind: "transform",
      input: "src",
      ops: [
        { op: "hash", field: "email", algorithm: "sha256" },
        { op: "filter", expr: "amount is not null" },
      ],
    },
    { id: "load", kind: "target", input: "t", schema: "shop.orders", loadMode: "append" },
  ],
};
const count = { filtered: 0, deduplicated: 0, unmatched: 0, rejected: 0 };
const ledger = {
  balanced: true,
  ...{ read: 3, loaded: 2, ...count, filtered: 1 },
  nodes: {
    src: { in: 3, out: 3, ...count },
    t: { in: 3, out: 2, ...count, filtered: 1 },
    load: { in: 2, out: 2, ...count, inserted: 2 },
  },
  edges: [],
  columns: { src: ["email", "amount"].map((name) => ({ name, type: "string" })) },
};

withDatabase("events for a collector of lineage", ({ database, testCtx }) => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const begin = async () => {
    const ctx = await testCtx();
    const { id: pipelineId } = await createPipeline({ ctx, input: { irVersion: "1.0", ir } });
    return { ctx, pipelineId };
  };
  const collector = async (ctx: Ctx, more = {}) => {
    const { id } = await createChannel({
      ctx,
      input: {
        name: "collector",
        kind: "openlineage",
        config: { url: `${receiver.url}/api/v1/lineage` },
        secret: "token-of-a-test",
        ...more,
      },
    });
    return { id, send: () => drainChannel(database().db, id, new AbortController().signal) };
  };
  const note = () => noteRuns(database().db);
  const events = () => receiver.received.map(({ body }) => Event.parse(body));
  const types = () => events().map(({ eventType }) => eventType);

  test("tell of a run when it begins and when it ends, with its tables, columns and rows", async () => {
    const { ctx, pipelineId } = await begin();
    const { send } = await collector(ctx);
    const run = await claimed(ctx, await request(ctx, pipelineId));
    await noteStarts(database().db);
    await noteStarts(database().db);
    await send();
    expect(types()).toEqual(["START"]);
    await finishRun(run, { status: "completed", rowsRead: 3, rowsOut: 2, ledger });
    await note();
    await note();
    await send();
    expect(types()).toEqual(["START", "COMPLETE"]);
    expect(receiver.received[1]).toMatchObject({
      path: "/api/v1/lineage",
      headers: { authorization: "Bearer token-of-a-test" },
    });
    const [start, end] = events();
    expect(new Set(events().map((event) => event.run.runId))).toEqual(new Set([run.run.id]));
    expect(start?.outputs[0]?.outputFacets).toBeUndefined();
    expect(end?.job).toMatchObject({
      namespace: `penstock://${ctx.tenant}`,
      name: "orders",
      facets: { documentation: { description: "Orders of the day" } },
    });
    expect(end?.inputs).toMatchObject([
      {
        namespace: "file",
        name: "/tmp/orders.csv",
        facets: {
          schema: { fields: [{ name: "email", type: "string", ordinal_position: 1 }, { name: "amount" }] },
        },
        inputFacets: { inputStatistics: { rowCount: 3 } },
      },
    ]);
    const from = { namespace: "file", name: "/tmp/orders.csv" };
    expect(end?.outputs).toMatchObject([
      {
        namespace: `penstock://${ctx.tenant}`,
        name: "warehouse.shop.orders",
        outputFacets: { outputStatistics: { rowCount: 2 } },
        facets: {
          columnLineage: {
            fields: {
              email: {
                inputFields: [
                  {
                    ...from,
                    field: "email",
                    transformations: [{ type: "DIRECT", subtype: "TRANSFORMATION", masking: true }],
                  },
                ],
              },
              amount: {
                inputFields: [{ ...from, field: "amount", transformations: [{ subtype: "IDENTITY" }] }],
              },
            },
            dataset: [
              { ...from, field: "amount", transformations: [{ type: "INDIRECT", subtype: "FILTER" }] },
            ],
          },
        },
      },
    ]);
  });

  test("tell of the beginning of a run that nobody saw under way, before its end", async () => {
    const { ctx, pipelineId } = await begin();
    const { send } = await collector(ctx);
    await endedRun(ctx, pipelineId);
    await note();
    await send();
    expect(types()).toEqual(["START", "COMPLETE"]);
  });

  test("tell that a run failed without values of rows, that it was cancelled, and of a second beginning", async () => {
    const { ctx, pipelineId } = await begin();
    const { send } = await collector(ctx);
    const failed = await failedRun(ctx, pipelineId);
    await note();
    await endedRun(ctx, pipelineId, { status: "cancelled" });
    await note();
    await send();
    expect(types()).toEqual(["START", "FAIL", "START", "ABORT"]);
    expect(events()[1]?.run.facets.errorMessage?.message).toBe("The destination refused the rows");
    expect(JSON.stringify(receiver.received)).not.toContain("4711");
    await ctx.db.run.update({
      where: { id: failed },
      data: { notedAt: null, attempt: 2, status: "completed" },
    });
    await note();
    await send();
    expect(types().slice(4)).toEqual(["START", "COMPLETE"]);
    expect(events()[5]?.run.runId).toBe(failed);
  });

  test("carry the time that a run stands for, and the backfill that it is of", async () => {
    const { ctx, pipelineId } = await begin();
    const { send } = await collector(ctx);
    const id = await endedRun(ctx, pipelineId);
    const backfillId = randomUUID();
    const scheduledFor = new Date("2026-03-01T06:00:00Z");
    await ctx.db.run.update({ where: { id }, data: { backfillId, scheduledFor } });
    await note();
    await send();
    for (const event of events())
      expect(event.run.facets).toMatchObject({
        nominalTime: { nominalStartTime: "2026-03-01T06:00:00.000Z" },
        parent: { run: { runId: backfillId }, job: { name: "orders.backfill" } },
      });
  });

  test("tell of the run alone when its version can be planned no more, and hold nothing else up", async () => {
    const { ctx, pipelineId } = await begin();
    const { send } = await collector(ctx);
    const id = await endedRun(ctx, pipelineId);
    await ctx.db.run.update({ where: { id }, data: { pipelineVersion: 99 } });
    await note();
    await send();
    expect(events().map(({ inputs, outputs }) => [...inputs, ...outputs])).toEqual([[], []]);
  });

  test("are sent only of the pipelines that the collector wants, and by the loop that all messages go by", async () => {
    const { ctx, pipelineId } = await begin();
    await collector(ctx, { pipelines: ["others"] });
    await endedRun(ctx, pipelineId);
    await note();
    await noteStarts(database().db);
    expect(await ctx.db.delivery.count({ where: { tenantId: ctx.tenant } })).toBe(0);
    await ctx.db.channel.updateMany({ where: { tenantId: ctx.tenant }, data: { pipelines: [] } });
    const run = await claimed(ctx, await request(ctx, pipelineId));
    const loops = keepNotices(database().db);
    try {
      await until(() => types().includes("START"));
      await recordProgress(run, { rowsRead: 1 });
      await finishRun(run, { status: "completed", ledger });
      await until(() => types().includes("COMPLETE"));
    } finally {
      await loops.stop();
    }
  });
});
