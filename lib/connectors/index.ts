export type {
  BegunChanges,
  Cells,
  ChangeBatch,
  ChangePort,
  ConnectorPort,
  CursorRange,
  DiscoverRequest,
  FilePort,
  FileStore,
  FileWriting,
  FoundFile,
  Given,
  KeyCells,
  OpenedChanges,
  OpenedFile,
  OpenedTable,
  RowChange,
  RowStream,
  TablePort,
  TableRequest,
} from "./connector.ts";
export { DataError, type DataErrorPlace, isDataError } from "./data-error.ts";
export {
  type DatasetName,
  fileDatasetName,
  type PlaceFields,
  postgresTableName,
  tableDatasetName,
} from "./dataset-name.ts";
export { checkHeader, firstRecord } from "./files/first-record.ts";
export type { InspectedFile } from "./files/inspect-opened-file.ts";
export { fillDates } from "./files/match-name.ts";
export { rawStream, textChunks } from "./files/text-stream.ts";
export { inspectFile } from "./local-fs/inspect-file.ts";
export { listFiles } from "./local-fs/list-files.ts";
export { openLocalStore } from "./local-fs/open-local-store.ts";
export { codedError, codeOf } from "./network/coded-error.ts";
export { networkFinding } from "./network/network-finding.ts";
export { openSocket } from "./network/open-socket.ts";
export { FoundError, postgresFinding } from "./postgres/findings.ts";
export type { PostgresLogin } from "./postgres/login.ts";
export { loginStages } from "./postgres/login-stages.ts";
export { openSession } from "./postgres/session.ts";
export { connectorOf } from "./registry.ts";
export { readRoots, writeRoots } from "./roots.ts";
export { type Finding, ownWords, type StageToTry, tryStages } from "./staged-check.ts";
