import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { FORKED_MS } from "./forked.ts";
import type { Cell, Destination } from "./moments.ts";
import { Relay } from "./relay.ts";
import { countsOf, loadedOf, markOf, wantedOf } from "./run-of-cell.ts";

/** Declares a test for each cell: killed there, taken over, every row in its place once. */
export function declareRelay(
  destination: Destination,
  cells: readonly Cell[],
  tell?: (what: "begun" | "passed") => void,
): void {
  const server = inject("postgresUrl");
  describe.skipIf(destination === "postgres" && !server)(`a run into ${destination}, killed`, () => {
    const relay = new Relay(destination, server);
    beforeAll(() => relay.begin(cells), FORKED_MS);
    afterAll(() => relay.close());

    test.each(cells.map((cell, index) => ({ cell, name: nameOf(cell), next: cells[index + 1] })))(
      "$name",
      async ({ cell, next }) => {
        tell?.("begun");
        const { standing, report } = await relay.follow(cell, next);
        const { moment, way } = cell;
        const { read, rejected } = countsOf(cell);
        const { old, new: whole } = wantedOf(cell);

        const isNew = standing.table.digest === whole.digest;
        expect(standing.table).toEqual({ old, new: whole, either: isNew ? whole : old }[moment.leaves]);
        expect(standing.mark).toBe(isNew ? markOf(cell) : null);
        expect(standing.evolved).toBe(moment.leaves === "either" ? isNew : moment.leaves === "new");
        expect([0, rejected]).toContain(standing.copied.rows);

        const counts = { ...loadedOf(cell), deleted: 0, unchanged: 0, deduplicated: 0, rejected: 0 };
        expect(report).toMatchObject({
          run: {
            attempt: moment.anytime ? expect.toBeOneOf([1, 2]) : moment.attempts,
            lost: moment.anytime ? expect.toBeOneOf([0, 1]) : moment.lost,
            status: rejected > 0 ? "completed_with_errors" : "completed",
            error: null,
            rowsRead: read,
            rowsRejected: rejected,
            ledger: { balanced: true, read, rejected, loaded: read - rejected, nodes: { out: counts } },
          },
          steps: ["completed", "completed", "completed"],
          quarantined: rejected,
          ends: 1,
          auditIntact: true,
          scratch: [],
          looks: {
            mark: markOf(cell),
            table: whole,
            evolved: true,
            copied: { rows: rejected, distinct: rejected },
            tables: way === "stored" ? ["rejected", "t"] : ["t"],
          },
        });
        tell?.("passed");
      },
      FORKED_MS,
    );
  });
}

const nameOf = ({ moment, mode, way }: Cell) =>
  `${moment.name} (${mode}${way === "direct" ? ", rows straight from the file" : ""})`;
