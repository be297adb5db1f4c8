import type { FileFormat } from "#lib/ir/schema.ts";
import type { FilePort, FileStore, Given } from "../connector.ts";
import type { ConnectorSpec } from "../spec.ts";
import { chooseFiles } from "./choose-files.ts";
import { discoverFiles, nameFiles } from "./discover-files.ts";
import type { ConnectedFiles } from "./file-lister.ts";
import { previewFile } from "./preview-file.ts";

/** What is particular to one system with files. */
export type FileSystem<Config> = {
  spec: ConnectorSpec;
  check: FilePort<Config>["check"];
  /** Opens a connection; the signal ends it. @throws DataError */
  connect: (given: Given<Config>, options: { signal?: AbortSignal }) => Promise<ConnectedFiles>;
  /** Of files whose names do not tell their format. */
  formatOf?: (config: Config) => FileFormat | undefined;
};

/** A connector of files: which files, which streams and what is in them is told alike for all of them. */
export function filePort<Config>({ spec, check, connect, formatOf }: FileSystem<Config>): FilePort<Config> {
  const using = async <Result>(
    given: Given<Config>,
    signal: AbortSignal | undefined,
    use: (store: ConnectedFiles, format: FileFormat | undefined) => Promise<Result>,
  ): Promise<Result> => {
    const store = await connect(given, { signal });
    try {
      return await use(store, formatOf?.(given.config));
    } finally {
      await store.close();
    }
  };
  return {
    family: "file",
    spec,
    check,
    open: async (given, { signal } = {}) => storeOver(await connect(given, { signal })),
    discover: (given, request) =>
      using(given, request.signal, (store, format) => discoverFiles(store, { ...request, format })),
    names: (given, { signal } = {}) =>
      using(given, signal, (store, format) => nameFiles(store, { format, signal })),
    preview: (given, request) =>
      using(given, request.signal, (store, format) => previewFile(store, { ...request, format })),
  };
}

/** A connection as the port's store. */
export function storeOver(connected: ConnectedFiles): FileStore {
  return {
    list: (config, now) => chooseFiles(connected, config, now),
    open: (path) => connected.open(path),
    stat: (path) => connected.find(path),
    identityOf: (path) => connected.identityOf(path),
    ...(connected.writing && { writing: connected.writing }),
    close: () => connected.close(),
  };
}
