/** A run that may begin: the first of its pipeline. */
export type Candidate = { runId: string; tenantId: string };

/** What is under way, by tenant, and how many runs each may have under way at once. */
export type TenantLoad = { underWay: ReadonlyMap<string, number>; most: (tenantId: string) => number };

/**
 * Whose turn it is. The tenant with the fewest runs under way comes first; of those with as many, the one that has
 * waited longest since its last turn. So tenants that are always busy share alike, and one that seldom asks is not
 * kept waiting by another's backlog.
 */
export class FairTurns {
  private readonly last = new Map<string, number>();
  private turn = 0;

  /**
   * Chooses the runs that begin next, and remembers whose they are.
   * @param candidates of each tenant in the order in which it wants them.
   * @param room how many may be chosen.
   */
  choose(candidates: readonly Candidate[], { underWay, most }: TenantLoad, room: number): string[] {
    const waiting = new Map<string, string[]>();
    for (const { tenantId, runId } of candidates)
      waiting.set(tenantId, [...(waiting.get(tenantId) ?? []), runId]);
    const busy = new Map(underWay);
    const chosen: string[] = [];
    while (chosen.length < room) {
      const able = [...waiting].filter(
        ([tenant, runs]) => runs.length > 0 && (busy.get(tenant) ?? 0) < most(tenant),
      );
      const [next] = able.sort(
        ([a], [b]) =>
          (busy.get(a) ?? 0) - (busy.get(b) ?? 0) || (this.last.get(a) ?? 0) - (this.last.get(b) ?? 0),
      );
      const run = next?.[1].shift();
      if (!next || run === undefined) break;
      const [tenant] = next;
      chosen.push(run);
      busy.set(tenant, (busy.get(tenant) ?? 0) + 1);
      this.turn += 1;
      this.last.delete(tenant);
      this.last.set(tenant, this.turn);
    }
    this.forget();
    return chosen;
  }

  /** Keeps the memory small; who is forgotten counts as one who has waited long. */
  private forget(): void {
    for (const tenant of this.last.keys()) {
      if (this.last.size <= REMEMBERED) return;
      this.last.delete(tenant);
    }
  }
}

const REMEMBERED = 10_000;
