import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { certificate, host, port, secret, text } from "./fields.ts";

/** How to reach a PostgreSQL. */
export const PostgresSourceConfig = z.strictObject({
  host: host(),
  port: port(5432),
  database: text({ title: "Database" }, 63),
  username: text({ title: "Username" }, 63),
  password: secret({ title: "Password" }),
  schema: text({ title: "Schema", description: "Look only here; without it in every schema" }, 63).optional(),
  sslmode: z.enum(["disable", "prefer", "require", "verify-ca", "verify-full"]).default("prefer").meta({
    title: "Encryption",
    description:
      "As in PostgreSQL: prefer encrypts if the server can, require always, verify-ca and verify-full also check who answers",
  }),
  ssl_root_cert: certificate("Root certificate").optional(),
});
export type PostgresSourceConfig = z.infer<typeof PostgresSourceConfig>;

export const postgresSpec: ConnectorSpec<typeof PostgresSourceConfig> = {
  name: "postgres",
  title: "PostgreSQL",
  aliases: ["postgres", "postgresql", "pg", "psql", "postgre", "aurora postgres", "rds postgres"],
  family: "table",
  guided: true,
  config: PostgresSourceConfig,
};
