import { stat } from "node:fs/promises";
import { isDataError } from "../data-error.ts";
import { filePort } from "../files/file-port.ts";
import { readRoots } from "../roots.ts";
import { type LocalFsSourceConfig, localFsSpec } from "../specs/local-fs.ts";
import { type Finding, ownWords, tryStages } from "../staged-check.ts";
import { fileStages } from "../transfer/file-stages.ts";
import { resolveReadable } from "./open-file.ts";
import { connectedLocally } from "./open-local-store.ts";

/** Folders of the machine that runs the pipelines. */
export const localFsConnector = filePort<LocalFsSourceConfig>({
  spec: localFsSpec,
  connect: async ({ tenant, config }) => connectedLocally({ tenant, root: config.path }),
  check: async ({ tenant, config }, options) => {
    const store = connectedLocally({ tenant, root: config.path });
    return tryStages(
      [
        {
          stage: "database",
          run: async () => {
            const real = await resolveReadable(tenant, config.path);
            if (!(await stat(real)).isDirectory()) throw new NoFolder();
            return `"${config.path}" is a folder that may be read`;
          },
        },
        ...fileStages(() => ({ ...store, walk: (request) => store.walk({ ...request, passOver: true }) })),
      ],
      (_stage, error) => finding(error, tenant, config.path),
      options,
    );
  },
});

class NoFolder extends Error {}

function finding(error: unknown, tenant: string, given: string): Finding {
  const field = "path";
  if (error instanceof NoFolder) {
    const fix = "Name the folder that the file lies in.";
    return { code: "unknown_folder", field, message: `"${given}" is a file, and no folder.`, fix };
  }
  if (isDataError(error)) {
    const missing = error.code === "file_not_found";
    const allowed = `Choose one of the folders that may be read: ${readRoots(tenant).join(", ") || "there is none; the operator lists them in PENSTOCK_READ_ROOTS"}.`;
    return missing
      ? {
          code: "unknown_folder",
          field,
          message: `There is no folder "${given}".`,
          fix: "Check the spelling.",
        }
      : { code: error.code, field, message: `${error.message}.`, fix: allowed };
  }
  const fix = "Let the user that runs Penstock read it.";
  return { code: "list_denied", field, message: `"${given}" cannot be read (${ownWords(error)}).`, fix };
}
