import { createWriteStream, mkdirSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openPlanLab, type PlanLab } from "./plan-kit.ts";

const ROWS = 5_000_000;
const POISONED = 4_999_999;
const COLUMNS = [
  { name: "id", type: "bigint" },
  { name: "amount", type: "integer" },
];

async function* lines(): AsyncGenerator<string> {
  yield "id,amount\n";
  for (let first = 1; first <= ROWS; first += 10_000)
    yield Array.from({ length: 10_000 }, (_, at) => {
      const id = first + at;
      return `${id},${id === POISONED ? "poison" : id % 1_000}\n`;
    }).join("");
}

describe.each(["duckdb", "postgres"] as const)(
  "the last but one of 5 M rows is poisoned, into %s",
  (kind) => {
    let lab: PlanLab;
    let file: string;
    beforeAll(async () => {
      lab = openPlanLab(kind === "postgres" ? inject("postgresUrl") : undefined);
      mkdirSync(lab.folder, { recursive: true });
      file = path.join(lab.folder, "rows.csv");
      await pipeline(Readable.from(lines()), createWriteStream(file));
    }, 120_000);
    afterAll(() => lab.close());

    test.each([
      ["as they are", []],
      [
        "stored on the way",
        [{ id: "m", kind: "validate", input: "src", datasetLevel: { rowCount: { min: 1 } } }],
      ],
    ])(
      "%s: it alone goes to quarantine; without a quarantine nothing is loaded",
      async (_title, middle) => {
        const source = lab.source({ path: file, format: { type: "csv", columns: COLUMNS } });
        const input = middle.length > 0 ? "m" : "src";
        const into = lab.table();
        const ran = await lab.run([source, ...middle, lab.target(input, into)]);
        expect(ran).toMatchObject({
          status: "completed_with_errors",
          ledger: { balanced: true, read: ROWS, loaded: ROWS - 1, rejected: 1 },
          rejects: [{ rule: "type:amount", rowNumber: POISONED, row: { amount: "poison" } }],
        });
        const [sums] = await lab.query(
          `select count(*) as n, sum(amount) as s, sum(cast(id as decimal(20,0))) as i from ${into}`,
        );
        const amounts = (ROWS / 1_000) * 499_500 - (POISONED % 1_000);
        expect([Number(sums?.n), Number(sums?.s)]).toEqual([ROWS - 1, amounts]);
        expect(String(sums?.i)).toBe(String((BigInt(ROWS) * BigInt(ROWS + 1)) / 2n - BigInt(POISONED)));
        const strict = lab.table();
        const failed = await lab.run([source, ...middle, lab.target(input, strict)], {
          errorHandling: { dlq: { enabled: false } },
        });
        expect(failed.error).toMatchObject({ code: "row_failed", nodeId: "src", row: POISONED });
        await expect(lab.rows(strict)).rejects.toThrow();
      },
      300_000,
    );
  },
);
