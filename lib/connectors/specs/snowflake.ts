import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { privateKey, secret, text, webAddress } from "./fields.ts";

/** How to reach a Snowflake account. */
export const SnowflakeSourceConfig = z
  .strictObject({
    account: text(
      { title: "Account", placeholder: "myorg-myaccount" },
      255,
      /^[A-Za-z0-9._-]+$/,
      "must be an account identifier, such as myorg-myaccount",
    ),
    warehouse: text({ title: "Warehouse" }),
    database: text({ title: "Database" }),
    schema: text({ title: "Schema" }),
    role: text({ title: "Role" }),
    username: text({ title: "Username" }),
    password: secret({ title: "Password" }).optional(),
    private_key: privateKey("Private key", "Instead of the password: an unencrypted PKCS#8 key").optional(),
    access_url: webAddress(
      "Address",
      "Only behind a private link or a proxy; usually told from the account",
    ).optional(),
  })
  .refine(({ password, private_key }) => Boolean(password) !== Boolean(private_key), {
    path: ["password"],
    error: "give the password or the private key, and one of them only",
  });
export type SnowflakeSourceConfig = z.infer<typeof SnowflakeSourceConfig>;

export const snowflakeSpec: ConnectorSpec<typeof SnowflakeSourceConfig> = {
  name: "snowflake",
  title: "Snowflake",
  aliases: ["snowflake", "snow flake", "sf"],
  family: "table",
  guided: true,
  config: SnowflakeSourceConfig,
  alternatives: [["password", "private_key"]],
};
