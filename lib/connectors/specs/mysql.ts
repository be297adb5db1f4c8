import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { certificate, host, port, secret, text } from "./fields.ts";

/** How to reach a MySQL or MariaDB. */
export const MysqlSourceConfig = z.strictObject({
  host: host(),
  port: port(3306),
  database: text({ title: "Database" }, 64),
  username: text({ title: "Username" }, 80),
  password: secret({ title: "Password" }),
  ssl: z.enum(["disable", "prefer", "require", "verify"]).default("prefer").meta({
    title: "Encryption",
    description: "prefer encrypts if the server can, require always, verify also checks who answers",
  }),
  ssl_root_cert: certificate("Root certificate").optional(),
});
export type MysqlSourceConfig = z.infer<typeof MysqlSourceConfig>;

export const mysqlSpec: ConnectorSpec<typeof MysqlSourceConfig> = {
  name: "mysql",
  title: "MySQL",
  aliases: ["mysql", "my sql", "mariadb", "maria", "maria db", "aurora mysql", "rds mysql"],
  family: "table",
  guided: true,
  config: MysqlSourceConfig,
};
