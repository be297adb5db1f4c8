import { z } from "zod";
import { limits } from "#lib/limits.ts";

/** Ways to tell somebody, or something. */
export const CHANNEL_KINDS = ["webhook", "email", "openlineage"] as const;
export const ChannelKind = z.enum(CHANNEL_KINDS);
export type ChannelKind = z.infer<typeof ChannelKind>;

/** What a webhook or a mailbox may be told of. */
export const TOPICS = [
  "run.failed",
  "run.completed_with_errors",
  "run.recovered",
  "run.no_rows",
  "file.missed",
  "schedule.left_out",
  "run.completed",
] as const;
export const Topic = z.enum(TOPICS);
export type Topic = z.infer<typeof Topic>;

const PEM = /^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/;

const WebUrl = z
  .url({ protocol: /^https?$/, error: "must begin with https:// or http://" })
  .max(2_048)
  .refine((url) => !URL.canParse(url) || (!new URL(url).username && !new URL(url).password), {
    error: "must hold no user name and no password: the address is shown to everybody who sees the settings",
  });

/** Where messages are posted to. */
export const WebConfigSchema = z.strictObject({ url: WebUrl });
export type WebConfig = z.infer<typeof WebConfigSchema>;

const Mailbox = z.email().max(254);

/** A mail server, and who writes to whom. Certificates are text: a path would be a path on our machine. */
export const EmailConfigSchema = z
  .strictObject({
    host: z
      .string()
      .trim()
      .min(1)
      .max(253)
      .regex(/^[\w.:[\]-]+$/, "must be a host name or an address"),
    port: z.int().min(1).max(65_535).default(587),
    security: z.enum(["starttls", "tls", "none"]).default("starttls").meta({
      description: "starttls: encrypted after the greeting, required; tls: from the first byte; none",
    }),
    user: z.string().min(1).max(254).optional(),
    from: Mailbox,
    to: z.array(Mailbox).min(1).max(limits.channelMailboxes),
    rootCert: z.string().max(65_536).regex(PEM, "must be a certificate in PEM text").optional(),
  })
  .refine(({ user, security }) => user === undefined || security !== "none", {
    path: ["security"],
    error: "a password is only sent encrypted: choose starttls or tls",
  });
export type EmailConfig = z.infer<typeof EmailConfigSchema>;

const Name = z.string().trim().min(1).max(100);
const Topics = z.array(Topic).max(TOPICS.length);
const Pipelines = z
  .array(z.string().min(1).max(128))
  .max(limits.channelPipelines)
  .meta({ description: "Slugs of the pipelines that it is limited to; empty: all" });
const Secret = z.string().min(1).max(4_096);

const told = { topics: Topics, pipelines: Pipelines.default([]), enabled: z.boolean().default(true) };
const lineage = { ...told, topics: Topics.length(0, "a collector of lineage has no topics").default([]) };
const webhookSecret = Secret.min(16, "must have at least 16 characters").meta({
  description: "The key of the signature; with whsec_ before it, in base64",
});
const password = Secret.meta({ description: "The password of the user" });
const token = Secret.meta({ description: "A bearer token" });

/** A new channel. */
export const CreateChannelInput = z.discriminatedUnion("kind", [
  z.strictObject({
    name: Name,
    kind: z.literal("webhook"),
    config: WebConfigSchema,
    secret: webhookSecret.optional(),
    ...told,
  }),
  z.strictObject({
    name: Name,
    kind: z.literal("email"),
    config: EmailConfigSchema,
    secret: password.optional(),
    ...told,
  }),
  z.strictObject({
    name: Name,
    kind: z.literal("openlineage"),
    config: WebConfigSchema,
    secret: token.optional(),
    ...lineage,
  }),
]);

/** What is left out stays as it is; `secret: null` forgets the secret. `config` is checked as its kind's. */
export const UpdateChannelInput = z
  .strictObject({
    name: Name,
    config: z.record(z.string(), z.unknown()),
    secret: Secret.nullable(),
    topics: Topics,
    pipelines: Pipelines,
    enabled: z.boolean(),
  })
  .partial();

/** A configuration to try before it is saved. */
export const TestChannelInput = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("webhook"),
    config: WebConfigSchema,
    secret: webhookSecret.optional(),
  }),
  z.strictObject({ kind: z.literal("email"), config: EmailConfigSchema, secret: password.optional() }),
  z.strictObject({ kind: z.literal("openlineage"), config: WebConfigSchema, secret: token.optional() }),
]);

const Saved = z.object({
  id: z.string(),
  name: z.string(),
  hasSecret: z.boolean(),
  topics: z.array(Topic),
  pipelines: z.array(z.string()),
  enabled: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** A saved channel. Its secret never leaves the server. */
export const ChannelSchema = z.discriminatedUnion("kind", [
  Saved.extend({ kind: z.literal("webhook"), config: WebConfigSchema }),
  Saved.extend({ kind: z.literal("email"), config: EmailConfigSchema }),
  Saved.extend({ kind: z.literal("openlineage"), config: WebConfigSchema }),
]);
export type Channel = z.infer<typeof ChannelSchema>;

/** All channels of the tenant. */
export const ChannelListSchema = z.object({ data: z.array(ChannelSchema) });

/** Names a channel in a path. */
export const ChannelParams = z.object({ id: z.string().min(1).max(100) });
/** Names a message of a channel in a path. */
export const DeliveryParams = ChannelParams.extend({ deliveryId: z.string().min(1).max(100) });

/** States of a message on its way. The last two are final; a person may have the last one tried again. */
export const DELIVERY_STATUSES = ["waiting", "delivered", "given_up"] as const;

/** One message of a channel: what it is about, and how far it got. */
export const DeliverySchema = z.object({
  id: z.string().meta({ description: "What a webhook is sent as webhook-id" }),
  topic: z.string(),
  summary: z.string().nullable(),
  runId: z.string().nullable(),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.int(),
  nextAttemptAt: z.iso.datetime().nullable(),
  lastError: z.string().nullable(),
  createdAt: z.iso.datetime(),
  deliveredAt: z.iso.datetime().nullable(),
});
export type Delivery = z.infer<typeof DeliverySchema>;

/** The latest messages of a channel, newest first. */
export const DeliveryListSchema = z.object({ data: z.array(DeliverySchema) });

/** The stages of trying a channel, in order. */
export const CHANNEL_STAGES = ["resolve", "connect", "sign_in", "send"] as const;

/** What came of trying: each stage reached, and where it stopped, with the field to fix. */
export const ChannelTestSchema = z.object({
  ok: z.boolean(),
  stages: z.array(
    z.object({
      stage: z.enum(CHANNEL_STAGES),
      ok: z.boolean(),
      message: z.string(),
      field: z.string().optional().meta({ description: "The field to fix" }),
      ms: z.int(),
    }),
  ),
});
export type ChannelTest = z.infer<typeof ChannelTestSchema>;
