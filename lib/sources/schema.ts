import { z } from "zod";
import { CheckResult, SyncMode } from "#lib/connectors/schema.ts";
import { FILE_CONNECTORS, TABLE_CONNECTORS } from "#lib/ir/schema.ts";

const Connector = z.enum([...TABLE_CONNECTORS, ...FILE_CONNECTORS]);

/** The name by which a document names a source. */
export const SourceName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, "must start with a small letter; then small letters, digits, - and _");

const Value = z.union([z.string().max(65_536), z.number(), z.boolean()]);

/** Values of a connector's fields by name; what they may be, `GET /api/v1/connectors` tells. */
export const SourceFields = z.record(z.string().max(100), Value);
export type SourceFields = z.infer<typeof SourceFields>;

/** What its last check found. */
export const SourceHealth = z.object({
  ok: z.boolean(),
  message: z.string(),
  code: z.string().optional(),
  field: z.string().optional(),
  fix: z.string().optional(),
});
export type SourceHealth = z.infer<typeof SourceHealth>;

/** A saved source. Its secrets never leave the server: `held` tells which are kept. */
export const Source = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  connector: Connector,
  config: SourceFields,
  held: z.array(z.string()),
  health: SourceHealth.nullable(),
  checkedAt: z.iso.datetime().nullable(),
  createdBy: z.string(),
  createdByName: z.string().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Source = z.infer<typeof Source>;

export const ListSourcesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
  q: z.string().max(200).optional(),
});

export const SourceList = z.object({
  data: z.array(Source),
  pagination: z.object({
    total: z.number(),
    hasMore: z.boolean(),
    limit: z.number(),
    cursor: z.string().nullable(),
  }),
});

/** A new source. Without `name` it gets one from its title. */
export const CreateSourceInput = z.strictObject({
  name: SourceName.optional(),
  title: z.string().trim().min(1).max(200).optional(),
  connector: Connector,
  fields: SourceFields,
});

/** Other values of some fields. A kept secret is given again if what decides where it goes changes. */
export const UpdateSourceInput = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  fields: SourceFields.optional(),
});

/** A configuration to try before it is saved. */
export const TestSourceInput = z.strictObject({ connector: Connector, fields: SourceFields });

export const SourceParams = z.object({ id: z.string().min(1).max(100) });

/** A page of the streams of a source. */
export const ListStreamsQuery = z.object({
  filter: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(2_000).optional(),
});

export const PreviewQuery = z.object({ stream: z.string().min(1).max(2_048) });

/** A pipeline that reads from a source. */
export const SourceUse = z.object({
  pipelineId: z.string(),
  slug: z.string(),
  name: z.string(),
  streams: z.array(z.object({ stream: z.string(), syncMode: SyncMode.optional() })),
});
export type SourceUse = z.infer<typeof SourceUse>;
export const SourceUses = z.object({ data: z.array(SourceUse) });

/** A connector, and the JSON Schema of its fields; secret ones carry `secret: true`. */
export const ConnectorView = z.object({
  name: Connector,
  title: z.string(),
  family: z.enum(["table", "file"]),
  guided: z.boolean().meta({ description: "Whether the set-up agent asks for its fields" }),
  schema: z.record(z.string(), z.unknown()),
});
export const ConnectorViews = z.object({ data: z.array(ConnectorView) });

export { CheckResult };
