import { isDirect, type LineageKind, type LineageOrigin, type LineageWay } from "./shapes.ts";

const WEIGHT: Partial<Record<LineageKind, number>> = { IDENTITY: 0, TRANSFORMATION: 1, AGGREGATION: 2 };

/** Two ways, one after the other: what only decides stays so, and of two that pass values the one that does more counts. */
export function followedBy(first: LineageWay, then: LineageWay): LineageWay {
  const masking = first.masking || then.masking;
  if (!isDirect(then.kind)) return { kind: then.kind, masking };
  if (!isDirect(first.kind)) return { kind: first.kind, masking };
  const kind = (WEIGHT[first.kind] ?? 0) > (WEIGHT[then.kind] ?? 0) ? first.kind : then.kind;
  return { kind, masking };
}

/** Origins in the order in which they were found, each field once, each kind of way once. */
export class OriginSet {
  private readonly found = new Map<string, LineageOrigin>();

  add(source: string, field: string | null, way: LineageWay): void {
    const key = field === null ? source : `${source} ${field}`;
    const origin = this.found.get(key) ?? { source, field, ways: [] };
    this.found.set(key, origin);
    const known = origin.ways.find(({ kind }) => kind === way.kind);
    // A value that comes once hidden and once plain can be read.
    if (known) known.masking &&= way.masking;
    else origin.ways.push({ ...way });
  }

  /** Everything that `origins` names, after one more way. */
  addAll(origins: readonly LineageOrigin[], then: LineageWay): void {
    for (const { source, field, ways } of origins)
      for (const way of ways) this.add(source, field, followedBy(way, then));
  }

  list(): LineageOrigin[] {
    return [...this.found.values()];
  }
}
