export { applyChangesSql } from "./apply-changes.ts";
export type {
  ArtifactRow,
  Changes,
  EdgeRow,
  MemoryRow,
  NamedObjectRow,
  ObjectVersionRow,
  StateRow,
} from "./changes.ts";
export { DERIVED_TABLES, type DerivedTable, type DerivedTableName } from "./derived-tables.ts";
export { foldChanges } from "./fold-changes.ts";
export { removeDerived } from "./remove-derived.ts";
export { lsnsOfMemory } from "./lsns-of-memory.ts";
