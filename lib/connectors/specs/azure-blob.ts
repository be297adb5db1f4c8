import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { folder, secret, text, webAddress } from "./fields.ts";

/** How to reach a container of Azure Blob Storage. */
export const AzureBlobSourceConfig = z.strictObject({
  account: text({ title: "Storage account" }, 24, /^[a-z0-9]{3,24}$/, "must be a storage account's name"),
  container: text({ title: "Container" }, 63, /^[a-z0-9$](-?[a-z0-9])+$/, "must be a container's name"),
  account_key: secret({ title: "Account key" }, 256),
  prefix: folder("Prefix", "Look only at blobs whose names begin with it").optional(),
  endpoint: webAddress(
    "Endpoint",
    "Only for another cloud or a proxy; usually told from the account",
  ).optional(),
});
export type AzureBlobSourceConfig = z.infer<typeof AzureBlobSourceConfig>;

export const azureBlobSpec: ConnectorSpec<typeof AzureBlobSourceConfig> = {
  name: "azure_blob",
  title: "Azure Blob Storage",
  aliases: ["azure_blob", "azure", "azure blob", "azure blob storage", "blob storage", "adls"],
  family: "file",
  guided: false,
  config: AzureBlobSourceConfig,
};
