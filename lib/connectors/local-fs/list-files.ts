import type { FileSourceConfig } from "#lib/ir/schema.ts";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { chooseFiles } from "../files/choose-files.ts";
import { localLister } from "./local-lister.ts";

/**
 * The files of this machine that a source names, in the order in which they are read.
 * @throws DataError `no_files` if nothing matches, and as `openFile`.
 */
export async function listFiles({
  tenant,
  config,
  now,
}: {
  tenant: string;
  config: FileSourceConfig;
  now?: Date;
}): Promise<FoundFile[]> {
  if (!config.path) throw new DataError("path_missing", 'A local_fs source needs "path"');
  return chooseFiles(localLister({ tenant }), config, now);
}
