import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { folder, secret, text, webAddress } from "./fields.ts";

/** How to reach a bucket of Amazon S3, or of what speaks its protocol. */
export const S3SourceConfig = z.strictObject({
  bucket: text({ title: "Bucket" }, 63, /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i, "must be a bucket's name"),
  region: text(
    { title: "Region", placeholder: "eu-central-1" },
    64,
    /^[a-z0-9-]+$/i,
    "must be a region, such as eu-central-1",
  ),
  access_key_id: secret({ title: "Access key ID" }, 128),
  secret_access_key: secret({ title: "Secret access key" }, 256),
  endpoint: webAddress("Endpoint", "Only for a store that is not Amazon's").optional(),
  prefix: folder("Prefix", "Look only at keys that begin with it").optional(),
  path_style: z
    .boolean()
    .default(false)
    .meta({ title: "Path style", description: "The bucket stands in the path instead of the host name" }),
  format: z
    .enum(["csv", "tsv", "json", "jsonl", "parquet"])
    .optional()
    .meta({ title: "Format", description: "Only where file names do not tell it" }),
});
export type S3SourceConfig = z.infer<typeof S3SourceConfig>;

export const s3Spec: ConnectorSpec<typeof S3SourceConfig> = {
  name: "s3",
  title: "Amazon S3",
  aliases: ["s3", "amazon s3", "aws s3", "aws", "bucket", "minio", "s3 bucket"],
  family: "file",
  guided: true,
  config: S3SourceConfig,
};
