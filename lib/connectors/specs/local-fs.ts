import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";

/** A folder on the machine that runs the pipelines. */
export const LocalFsSourceConfig = z.strictObject({
  path: z.string().trim().min(1).max(1024).meta({
    title: "Folder",
    description: "One of the folders that the operator allows",
    placeholder: "/tmp",
  }),
});
export type LocalFsSourceConfig = z.infer<typeof LocalFsSourceConfig>;

export const localFsSpec: ConnectorSpec<typeof LocalFsSourceConfig> = {
  name: "local_fs",
  title: "Local files",
  aliases: ["local_fs", "local", "local files", "file", "files", "folder", "disk", "csv"],
  family: "file",
  guided: false,
  config: LocalFsSourceConfig,
};
