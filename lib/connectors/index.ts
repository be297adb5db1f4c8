export type {
  ConnectorPort,
  CursorRange,
  DiscoverRequest,
  FilePort,
  FileStore,
  Given,
  OpenedTable,
  RowStream,
  TablePort,
  TableRequest,
} from "./connector.ts";
export { DataError, type DataErrorPlace, isDataError } from "./data-error.ts";
export { checkHeader, firstRecord } from "./local-fs/first-record.ts";
export { type InspectedFile, inspectFile } from "./local-fs/inspect-file.ts";
export { type FoundFile, listFiles } from "./local-fs/list-files.ts";
export { type OpenedFile, openFile } from "./local-fs/open-file.ts";
export { rawStream, textChunks } from "./local-fs/text-stream.ts";
export { connectorOf } from "./registry.ts";
export { readRoots, writeRoots } from "./roots.ts";
export { type Finding, ownWords, type StageToTry, tryStages } from "./staged-check.ts";
