import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { FILE_FORMATS, type FileFormat, LOAD_MODES } from "#lib/ir/schema.ts";
import { openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { MODELS } from "./modes.ts";
import { type Place, readsTables, systems } from "./places.ts";
import { type Proven, provenTable } from "./proven.ts";
import { COLUMNS, checksumIn, checksumOf, rowsOf } from "./table.ts";

const url = inject("postgresUrl");
const KINDS = ["duckdb", "postgres"] as const;
const MODES = LOAD_MODES.filter((mode): mode is keyof typeof MODELS => mode in MODELS);
/** What is there first, and what comes then: the same, changed, older and newer rows. */
const FIRST = rowsOf([2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0);
const THEN = [...rowsOf([1, 2, 3], 1), ...rowsOf([4, 5], 0), ...rowsOf([10, 12, 13, 14], 2)];

/** Systems whose tables can be mirrored. */
const FOLLOWED = ["postgres", "mysql"];
const cells: (Proven & { passed: boolean })[] = [];
const missing: string[] = [];

for (const { connector, found, start } of systems(url)) {
  if (!found) missing.push(connector);
  describe.skipIf(!found || !url)(`from ${connector}${found ? "" : " (skipped: not installed)"}`, () => {
    let place: Place;
    const labs = new Map<string, PlanLab>();
    beforeAll(async () => {
      for (const kind of KINDS) labs.set(kind, openPlanLab(kind === "postgres" ? url : undefined));
      place = await start();
    });
    afterAll(async () => {
      await place?.stop();
      for (const lab of labs.values()) await lab.close();
    });

    const formats: (FileFormat | undefined)[] = readsTables(connector) ? [undefined] : [...FILE_FORMATS];
    const follow = FOLLOWED.includes(connector);
    const tries = KINDS.flatMap((kind) =>
      MODES.flatMap((mode) => formats.map((format) => [mode, format ?? "table", kind] as const)),
    );
    it.each(tries)("%s of a %s into %s: counts, checksum and ledger", async (mode, given, kind) => {
      const lab = labs.get(kind) as PlanLab;
      const format = given === "table" ? undefined : given;
      const [into, model] = [lab.table(), MODELS[mode]];
      const cell = { connector, mode, destination: kind, ...(format && { format }), passed: false };
      cells.push(cell);
      let before: typeof FIRST = [];
      for (const rows of [FIRST, THEN]) {
        const config = await place.put({ columns: COLUMNS, rows }, format);
        const from = place.config ? lab.saved(connector, place.config) : { connector };
        const target = lab.target("src", into, { loadMode: mode, ...model.set });
        const nodes = [{ id: "src", kind: "source", ...from, config }, target];
        // Tried whatever the table says: it is made of what passes.
        const ran = await lab.run(nodes, { strength: "saved" });
        const expected = model.load(before, rows);
        expect(ran.error).toBeUndefined();
        expect(ran).toMatchObject({
          status: "completed",
          ledger: { balanced: true, read: rows.length, rejected: 0, nodes: { out: expected.counts } },
        });
        expect(await checksumIn(lab, into)).toBe(checksumOf(expected.rows));
        before = [...expected.rows] as typeof FIRST;
      }
      cell.passed = true;
    });

    if (!follow) return;
    it.each(KINDS)("cdc_mirror of a table into %s: first whole, then its changes", async (kind) => {
      const lab = labs.get(kind) as PlanLab;
      const cell = { connector, mode: "cdc_mirror", destination: kind, passed: false };
      cells.push(cell);
      const into = lab.table();
      const config = await place.put({ columns: COLUMNS, rows: FIRST });
      const from = lab.saved(connector, place.config ?? {});
      const nodes = [
        { id: "src", kind: "source", ...from, config },
        lab.target("src", into, { loadMode: "cdc_mirror" }),
      ];
      const mirror = async (rows: typeof FIRST, ledger: object) => {
        const ran = await lab.run(nodes, { strength: "saved" });
        expect(ran.error).toBeUndefined();
        expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, ...ledger } });
        expect(await checksumIn(lab, into)).toBe(checksumOf(rows));
      };
      await mirror(FIRST, { read: FIRST.length, nodes: { out: { inserted: FIRST.length } } });
      await place.change?.(FIRST, { columns: COLUMNS, rows: THEN });
      const changes = { inserted: 4, updated: 3, deleted: 5 };
      await mirror(THEN, { read: 12, nodes: { out: { in: 12, ...changes } } });
      await mirror(THEN, { read: 0, nodes: { out: { in: 0 } } });
      cell.passed = true;
    });
  });
}

/** `npm run capabilities` writes it anew. */
it.skipIf(!url)("the capability table lists what was proven here, and nothing else", async () => {
  await expect(provenTable(cells, missing)).toMatchFileSnapshot("../../lib/ir/proven-loads.ts");
});
