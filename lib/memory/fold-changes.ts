import type { Changes, NamedObjectRow } from "./changes.ts";

/**
 * The changes with one row for each key: of several writes to one object the one with the last LSN, of several mentions
 * the first, of a write and a mention the write. Versions are all kept. Applying the folded changes gives what
 * applying each event's changes one by one gives.
 */
export function foldChanges(changes: Changes): Changes {
  return {
    memories: last(changes.memories, (row) => row.memoryId),
    edges: last(changes.edges, (row) => row.edgeId),
    states: last(changes.states, (row) => row.stateId),
    artifacts: last(changes.artifacts, (row) => row.artifactId),
    objects: fold(changes.objects, (row) => `${row.objectType} ${row.objectId}`, prevails),
    versions: last(changes.versions, (row) => `${row.lsn} ${row.objectId}`),
  };
}

type Row = { tenantId: string; lsn: number };

const last = <R extends Row>(rows: readonly R[], idOf: (row: R) => string): R[] =>
  fold(rows, idOf, (row, before) => row.lsn >= before.lsn);

function fold<R extends Row>(
  rows: readonly R[],
  idOf: (row: R) => string,
  replaces: (row: R, before: R) => boolean,
): R[] {
  const byKey = new Map<string, R>();
  for (const row of rows) {
    // No part holds a NUL: the door refuses it.
    const key = `${row.tenantId}\0${idOf(row)}`;
    const before = byKey.get(key);
    if (!before || replaces(row, before)) byKey.set(key, row);
  }
  return [...byKey.values()];
}

function prevails(row: NamedObjectRow, before: NamedObjectRow): boolean {
  if (row.mentioned !== before.mentioned) return before.mentioned;
  return row.mentioned ? row.lsn < before.lsn : row.lsn >= before.lsn;
}
