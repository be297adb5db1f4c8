import path from "node:path";
import type { FileStore } from "../connector.ts";
import { isDataError } from "../data-error.ts";
import type { ConnectedFiles } from "../files/file-lister.ts";
import { storeOver } from "../files/file-port.ts";
import { localLister, placeOf } from "./local-lister.ts";
import { localWriting } from "./local-writing.ts";
import { openFile } from "./open-file.ts";

/**
 * The files of this machine that a tenant may read, as a store.
 * @param root the folder that paths are relative to; without it they are absolute.
 */
export function openLocalStore(options: { tenant: string; root?: string }): FileStore {
  return storeOver(connectedLocally(options));
}

/** The same, for what all connectors of files share. */
export function connectedLocally({ tenant, root }: { tenant: string; root?: string }): ConnectedFiles {
  const lister = localLister({ tenant, root });
  return {
    ...lister,
    find: async (given) => {
      try {
        return await lister.find(given);
      } catch (error) {
        if (isDataError(error) && error.code === "file_not_found") return undefined;
        throw error;
      }
    },
    open: async (given) => openFile({ tenant, path: placeOf(root, given) }),
    identityOf: (given) => `file:${path.resolve(placeOf(root, given))}`,
    writing: localWriting({ tenant, root }),
    close: async () => undefined,
  };
}
