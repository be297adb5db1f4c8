import path from "node:path";
import { z } from "zod";

const list = z
  .string()
  .optional()
  .transform((text) =>
    (text ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  );

const EnvSchema = z
  .object({
    NODE_ENV: z.enum(["development", "production", "test"]).default("production"),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
    HOST: z.string().default("127.0.0.1"),
    /** The address people use, when it is not http://localhost:PORT. */
    PENSTOCK_URL: z.url().optional(),
    /** PostgreSQL 15 or newer; without it the embedded database in PENSTOCK_DATA_DIR is used. */
    DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must start with postgres://")
      .optional(),
    PENSTOCK_DATA_DIR: z.string().default(".data"),
    /** At least 32 characters; required with DATABASE_URL. */
    PENSTOCK_SECRET_KEY: z.string().min(32, "must have at least 32 characters").optional(),
    /** "inside" runs pipelines in this process, "off" leaves them to `npm run worker`. */
    PENSTOCK_WORKER: z.enum(["inside", "off"]).default("inside"),
    /** "0" leaves every request to the framework, also those that are served before it to save time. */
    PENSTOCK_FAST_DOOR: z.enum(["0", "1"]).default("1"),
    PENSTOCK_LOG_LEVEL: z
      .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
      .default("info"),
    /** Folders that pipelines may read and write: `path` for t_demo or `tenant=path`, comma-separated. */
    PENSTOCK_READ_ROOTS: list,
    PENSTOCK_WRITE_ROOTS: list,
    /** Private hosts or CIDR ranges that connections may reach when DATABASE_URL is set. */
    PENSTOCK_OUTBOUND_ALLOW: list,
    PENSTOCK_AI_PROVIDER: z
      .enum(["rules", "anthropic", "openai", "google", "amazon-bedrock", "openai-compatible"])
      .optional(),
    PENSTOCK_AI_MODEL: z.string().optional(),
    PENSTOCK_AI_KEY: z.string().optional(),
    PENSTOCK_AI_BASE_URL: z.url().optional(),
    /** amazon-bedrock: the AWS region. */
    PENSTOCK_AI_REGION: z.string().optional(),
    /** amazon-bedrock: the access key whose secret PENSTOCK_AI_KEY is; without it PENSTOCK_AI_KEY is an API key. */
    PENSTOCK_AI_ACCESS_KEY_ID: z.string().optional(),
    /** What a million tokens costs in USD, for the cost that is shown with a proposal. */
    PENSTOCK_AI_INPUT_PRICE: z.coerce.number().min(0).optional(),
    PENSTOCK_AI_OUTPUT_PRICE: z.coerce.number().min(0).optional(),
    /** Where spans of the calls to models go (OTLP over HTTP); without it none are made. */
    OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
    /** Set, it makes memory search by meaning too. Reached as PENSTOCK_AI_* says, or as the three below say. */
    PENSTOCK_EMBEDDING_MODEL: z.string().optional(),
    PENSTOCK_EMBEDDING_PROVIDER: z.enum(["openai", "openai-compatible"]).optional(),
    PENSTOCK_EMBEDDING_KEY: z.string().optional(),
    PENSTOCK_EMBEDDING_BASE_URL: z.url().optional(),
    OIDC_ISSUER: z.url().optional(),
    OIDC_CLIENT_ID: z.string().optional(),
    OIDC_CLIENT_SECRET: z.string().optional(),
  })
  .refine((env) => !env.DATABASE_URL || env.PENSTOCK_SECRET_KEY, {
    path: ["PENSTOCK_SECRET_KEY"],
    message: "is required with DATABASE_URL: it seals secrets and must be the same on every node",
  })
  .refine((env) => !env.OIDC_ISSUER || (env.OIDC_CLIENT_ID && env.OIDC_CLIENT_SECRET), {
    path: ["OIDC_CLIENT_ID"],
    message: "and OIDC_CLIENT_SECRET are required with OIDC_ISSUER",
  })
  .superRefine((env, context) => {
    for (const [variable, message] of embeddingFaults(env))
      context.addIssue({ code: "custom", path: [variable], message });
  });

type EmbeddingVariables = {
  [name in `PENSTOCK_${"AI" | "EMBEDDING"}_${"PROVIDER" | "MODEL" | "KEY" | "BASE_URL"}`]?: string;
};

/** A key goes only to the provider it was given for, so the two sets of variables are never mixed. */
function embeddingFaults(env: EmbeddingVariables): [string, string][] {
  const own = env.PENSTOCK_EMBEDDING_PROVIDER;
  const faults: [string, string][] = [];
  if (!own && (env.PENSTOCK_EMBEDDING_KEY || env.PENSTOCK_EMBEDDING_BASE_URL))
    faults.push(["PENSTOCK_EMBEDDING_PROVIDER", "is required with PENSTOCK_EMBEDDING_KEY or _BASE_URL"]);
  if (!env.PENSTOCK_EMBEDDING_MODEL) return faults;
  const provider = own ?? env.PENSTOCK_AI_PROVIDER;
  const set = own ? "PENSTOCK_EMBEDDING" : "PENSTOCK_AI";
  if (provider !== "openai" && provider !== "openai-compatible")
    faults.push(["PENSTOCK_EMBEDDING_PROVIDER", "is required where PENSTOCK_AI_PROVIDER has no embeddings"]);
  else if (provider === "openai" && !env[`${set}_KEY`])
    faults.push([`${set}_KEY`, "is required for embeddings by openai"]);
  else if (provider === "openai-compatible" && !env[`${set}_BASE_URL`])
    faults.push([`${set}_BASE_URL`, "is required for embeddings by openai-compatible"]);
  return faults;
}

/** The validated environment. */
export type Env = z.infer<typeof EnvSchema> & { dataDir: string; embedded: boolean };

let cached: Env | undefined;

/**
 * Reads and checks the environment once. This file alone reads `process.env`.
 * @throws Error naming every variable that is wrong, and why.
 */
export function env(): Env {
  cached ??= readEnv(process.env);
  return cached;
}

/** Checks any set of variables; empty ones count as absent. @throws Error as {@link env}. */
export function readEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const parsed = EnvSchema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")} ${issue.message}`);
    throw new Error(`The environment is not valid:\n${lines.join("\n")}`);
  }
  return {
    ...parsed.data,
    dataDir: path.resolve(parsed.data.PENSTOCK_DATA_DIR),
    embedded: !parsed.data.DATABASE_URL,
  };
}

/** The address people use to reach this deployment. */
export function publicUrl(): string {
  const { PENSTOCK_URL, PORT } = env();
  return PENSTOCK_URL ?? `http://localhost:${PORT}`;
}

/**
 * Records the port that the server really got. Next's bundle holds a copy of this module and next-auth reads its own
 * variable, so both are told through the environment.
 */
export function settlePort(port: number): void {
  process.env.PORT = String(port);
  cached = undefined;
  process.env.NEXTAUTH_URL ??= publicUrl();
}
