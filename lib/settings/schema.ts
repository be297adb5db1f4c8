import { z } from "zod";
import { limits } from "#lib/limits.ts";
import { PROVIDERS } from "#lib/model/schema.ts";

const RunsAtOnce = z
  .int()
  .min(1)
  .max(limits.runsAtOnceMax)
  .nullable()
  .meta({ description: `Runs under way at once; null: the usual ${limits.runsAtOnce}` });

/** A tenant's flags, as everyone in it may see them. */
export const SettingsSchema = z.object({
  tenantId: z.string(),
  name: z.string(),
  flowIrEnabled: z.boolean().meta({ description: "AI pipeline mode" }),
  runsAtOnce: RunsAtOnce,
});

/** Changes some flags. */
export const UpdateSettingsInput = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    flowIrEnabled: z.boolean(),
    runsAtOnce: RunsAtOnce,
  })
  .partial();

/** What makes a tenant. */
export const CreateTenantInput = z.object({
  id: z
    .string()
    .regex(/^t_[a-z0-9][a-z0-9_-]{0,40}$/, "must look like t_acme: small letters, digits, - and _"),
  name: z.string().trim().min(1).max(100),
  flowIrEnabled: z.boolean().default(false),
  workspaceId: z
    .string()
    .regex(/^w_[a-z0-9][a-z0-9_-]{0,60}$/)
    .optional(),
});

const PEM = /^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/;

/** How to reach a PostgreSQL. Certificates are text: a path would be a path on our machine. */
export const PostgresConfigSchema = z.strictObject({
  host: z
    .string()
    .trim()
    .min(1)
    .max(253)
    .regex(/^[\w.:[\]-]+$/, "must be a host name or an address"),
  port: z.int().min(1).max(65_535).default(5432),
  database: z.string().min(1).max(63),
  username: z.string().min(1).max(63),
  sslmode: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("require").meta({
    description: "As in PostgreSQL: require encrypts, verify-ca and verify-full also check who answers",
  }),
  schema: z.string().min(1).max(63).optional().meta({ description: "Where tables without a schema go" }),
  rootCert: z.string().max(65_536).regex(PEM, "must be a certificate in PEM text").optional(),
});

/** The name by which a pipeline's document names a destination. */
export const DestinationNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, "must start with a small letter; then small letters, digits, - and _");

const PasswordSchema = z.string().max(1000);

/** A saved destination. Its password never leaves the server. */
export const DestinationSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.literal("postgres"),
  config: PostgresConfigSchema,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** All destinations of the tenant. */
export const DestinationListSchema = z.object({ data: z.array(DestinationSchema) });

/** A new destination. */
export const CreateDestinationInput = z.strictObject({
  name: DestinationNameSchema,
  kind: z.literal("postgres").default("postgres"),
  config: PostgresConfigSchema,
  password: PasswordSchema,
});

/** Another configuration; the password may be left out while it would go to the same place. */
export const UpdateDestinationInput = z.strictObject({
  config: PostgresConfigSchema,
  password: PasswordSchema.optional(),
});

/** A configuration to try before it is saved. */
export const TestDestinationInput = z.strictObject({
  kind: z.literal("postgres").default("postgres"),
  config: PostgresConfigSchema,
  password: PasswordSchema,
});

/** Names a destination in a path. */
export const DestinationParams = z.object({ id: z.string().min(1).max(100) });

/** The stages of trying a destination, in order. */
export const STAGES = ["resolve", "connect", "tls", "authenticate", "database", "privileges"] as const;

/** What came of trying: each stage reached, and where it stopped, with the field to fix. */
export const DestinationTestSchema = z.object({
  ok: z.boolean(),
  stages: z.array(
    z.object({
      stage: z.enum(STAGES),
      ok: z.boolean(),
      message: z.string(),
      field: z.string().optional().meta({ description: "The field to fix" }),
      ms: z.int(),
    }),
  ),
});

const AiProviderSchema = z.enum(PROVIDERS);
const PriceSchema = z
  .number()
  .min(0)
  .max(100_000)
  .nullable()
  .meta({ description: "USD per million tokens; null: no cost is shown" });

const ProposalsPerHour = z
  .int()
  .min(1)
  .max(limits.proposalsPerHourMax)
  .nullable()
  .meta({ description: `Proposals in any 60 minutes; null: the usual ${limits.proposalsPerHour}` });

/** Which provider answers for the tenant, and who chose it. Its key never leaves the server. */
export const AiSettingsSchema = z.object({
  provider: AiProviderSchema,
  model: z.string().nullable(),
  baseUrl: z.string().nullable(),
  region: z.string().nullable().meta({ description: "Amazon Bedrock: the AWS region" }),
  accessKeyId: z
    .string()
    .nullable()
    .meta({ description: "Amazon Bedrock: the access key whose secret is the key; null: an API key" }),
  structured: z.boolean().meta({
    description: "OpenAI-compatible: whether the server takes a JSON Schema as response_format",
  }),
  inputPrice: PriceSchema,
  outputPrice: PriceSchema,
  proposalsPerHour: ProposalsPerHour,
  hasKey: z.boolean(),
  from: z.enum(["tenant", "environment", "built-in"]),
});

const optionalText = (max: number) => z.string().trim().min(1).max(max).nullable().default(null);

/**
 * The tenant's own choice, whole. The key may be left out while it goes where it went before; null takes it away. Left
 * out, the limit stays what it is.
 */
export const UpdateAiInput = z.strictObject({
  provider: AiProviderSchema,
  model: optionalText(200),
  baseUrl: z
    .url({ protocol: /^https?$/, message: "must be an address that begins with https:// or http://" })
    .max(500)
    .refine((url) => /^https?:\/\/[^@?#]*$/.test(url), "must hold no user, no query and no fragment")
    .nullable()
    .default(null),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region such as eu-central-1")
    .nullable()
    .default(null),
  accessKeyId: z
    .string()
    .regex(/^\w{16,128}$/, "must be an access key id")
    .nullable()
    .default(null),
  structured: z.boolean().default(true),
  inputPrice: PriceSchema.default(null),
  outputPrice: PriceSchema.default(null),
  proposalsPerHour: ProposalsPerHour.optional(),
  key: z
    .string()
    .min(1)
    .max(4_000)
    .regex(/^[\x21-\x7e]+$/, "must be one word of plain characters")
    .nullable()
    .optional(),
});

/** {@link UpdateAiInput}, parsed */
export type UpdateAiInput = z.infer<typeof UpdateAiInput>;

/** Sets the tenant's limit alone, whoever answers. */
export const UpdateProposalLimitInput = z.strictObject({ proposalsPerHour: ProposalsPerHour });

/** What to try: a draft, or with `{}` what is in force. */
export const TestAiInput = z.union([z.strictObject({ provider: z.undefined() }).partial(), UpdateAiInput]);

/** The layers of one constrained call, in order. */
export const AI_LAYERS = ["reach", "key", "model", "structured_output", "patch"] as const;

/** What came of trying a provider: each layer reached, and where it stopped. */
export const AiTestSchema = z.object({
  ok: z.boolean(),
  layers: z.array(z.object({ layer: z.enum(AI_LAYERS), ok: z.boolean(), message: z.string(), ms: z.int() })),
});

/** {@link AiSettingsSchema} */
export type AiSettings = z.infer<typeof AiSettingsSchema>;
/** {@link AiTestSchema} */
export type AiTest = z.infer<typeof AiTestSchema>;
