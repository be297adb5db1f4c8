import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { folder, secret, text, webAddress } from "./fields.ts";

/** How to reach a bucket of Google Cloud Storage. */
export const GcsSourceConfig = z.strictObject({
  bucket: text({ title: "Bucket" }, 222, /^[a-z0-9][a-z0-9._-]+[a-z0-9]$/, "must be a bucket's name"),
  service_account_json: secret(
    { title: "Service account", description: "The JSON key file's whole text", multiline: true },
    16_384,
  ),
  prefix: folder("Prefix", "Look only at objects whose names begin with it").optional(),
  endpoint: webAddress("Endpoint", "Only behind a proxy; usually Google's own").optional(),
});
export type GcsSourceConfig = z.infer<typeof GcsSourceConfig>;

export const gcsSpec: ConnectorSpec<typeof GcsSourceConfig> = {
  name: "gcs",
  title: "Google Cloud Storage",
  aliases: ["gcs", "google cloud storage", "google storage", "gs"],
  family: "file",
  guided: false,
  config: GcsSourceConfig,
};
