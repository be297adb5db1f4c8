export { applyChangesSql } from "./apply-changes.ts";
export type {
  ArtifactRow,
  Changes,
  EdgeRow,
  JsonObject,
  MemoryRow,
  NamedObjectRow,
  ObjectVersionRow,
  StateRow,
} from "./changes.ts";
export { copyChanges } from "./copy-changes.ts";
export { DERIVED_TABLES, type DerivedTable, type DerivedTableName } from "./derived-tables.ts";
export { fillVectors } from "./fill-vectors.ts";
export { foldChanges } from "./fold-changes.ts";
export { getMemory } from "./get-memory.ts";
export { lastWrittenSql, type ObjectKey } from "./last-written-sql.ts";
export { listObjects, nextLink, type ObjectPage } from "./list-objects.ts";
export { lsnsOfMemory } from "./lsns-of-memory.ts";
export { queryMemory } from "./query-memory.ts";
export { removeDerived, settleWords } from "./remove-derived.ts";
export { VECTOR_TABLE } from "./vector-store.ts";
export { visibleSql } from "./visible-sql.ts";
