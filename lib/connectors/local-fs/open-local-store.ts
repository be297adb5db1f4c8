import type { FileStore } from "../connector.ts";
import type { ConnectedFiles } from "../files/file-lister.ts";
import { storeOver } from "../files/file-port.ts";
import { localLister, placeOf } from "./local-lister.ts";
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
  return {
    ...localLister({ tenant, root }),
    open: async (given) => openFile({ tenant, path: placeOf(root, given) }),
    close: async () => undefined,
  };
}
