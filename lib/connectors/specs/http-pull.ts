import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { secret, text, webAddress } from "./fields.ts";

/** How to fetch files from a web server. */
export const HttpPullSourceConfig = z.strictObject({
  url: webAddress(
    "Address",
    "A file; or a folder whose page lists its files",
    "https://data.example.com/exports/",
  ),
  username: text({
    title: "Username",
    description: "If the server asks for one (basic authentication)",
  }).optional(),
  password: secret({ title: "Password" }).optional(),
  bearer_token: secret(
    { title: "Bearer token", description: "If the server asks for one" },
    4_096,
  ).optional(),
});
export type HttpPullSourceConfig = z.infer<typeof HttpPullSourceConfig>;

export const httpPullSpec: ConnectorSpec<typeof HttpPullSourceConfig> = {
  name: "http_pull",
  title: "HTTP",
  aliases: ["http_pull", "http", "https", "web", "url", "web server", "rest"],
  family: "file",
  guided: false,
  config: HttpPullSourceConfig,
};
