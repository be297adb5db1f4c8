import type { Change } from "#lib/ir/schema.ts";

/** What is ticked at first: everything but hooks (ticked by hand) and what needs one. */
export function firstTicks(changes: readonly Change[]): string[] {
  return changes
    .filter((change) => change.hook)
    .reduce(
      (ticked, hook) => untick(changes, ticked, hook.id),
      changes.map((change) => change.id),
    );
}

/** Ticks or unticks one change and whatever must move with it, in the order of `changes`. */
export function toggleChange(changes: readonly Change[], ticked: readonly string[], id: string): string[] {
  return ticked.includes(id) ? untick(changes, ticked, id) : tick(changes, ticked, id);
}

/** The ids that move when this one does, itself left out: shown before the user decides. */
export function movesWith(changes: readonly Change[], ticked: readonly string[], id: string): string[] {
  const next = new Set(toggleChange(changes, ticked, id));
  const now = new Set(ticked);
  return changes.map((change) => change.id).filter((one) => one !== id && next.has(one) !== now.has(one));
}

function tick(changes: readonly Change[], ticked: readonly string[], id: string): string[] {
  const byId = new Map(changes.map((change) => [change.id, change]));
  return spread(changes, new Set(ticked), id, (one) => byId.get(one)?.dependsOn ?? [], true);
}

function untick(changes: readonly Change[], ticked: readonly string[], id: string): string[] {
  const dependents = (one: string) =>
    changes.filter((change) => change.dependsOn.includes(one)).map((change) => change.id);
  return spread(changes, new Set(ticked), id, dependents, false);
}

function spread(
  changes: readonly Change[],
  set: Set<string>,
  start: string,
  next: (id: string) => string[],
  on: boolean,
): string[] {
  const seen = new Set<string>();
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (on) set.add(id);
    else set.delete(id);
    queue.push(...next(id));
  }
  return changes.map((change) => change.id).filter((one) => set.has(one));
}
