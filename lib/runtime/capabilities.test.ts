import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { capabilities } from "#lib/ir/index.ts";
import { aggregateCases } from "#tests/capabilities/aggregates.ts";
import { expectBeginAgain } from "#tests/capabilities/begin-again.ts";
import { castCases } from "#tests/capabilities/casts.ts";
import { checkCases } from "#tests/capabilities/checks.ts";
import { fileCases } from "#tests/capabilities/files.ts";
import { loadCases } from "#tests/capabilities/loads.ts";
import { nodeCases } from "#tests/capabilities/nodes.ts";
import { opCases } from "#tests/capabilities/ops.ts";
import { ruleCases } from "#tests/capabilities/rules.ts";
import { openPlanLab, type PlanLab } from "#tests/plan-kit.ts";

const cases = [
  ...opCases,
  ...castCases,
  ...aggregateCases,
  ...ruleCases,
  ...checkCases,
  ...nodeCases,
  ...fileCases,
  ...loadCases("duckdb"),
];

/**
 * Lines that need a database of the product, or a PostgreSQL to load into: capabilities.db.test.ts proves them; of what
 * becomes of files, files/files.db.test.ts and files/file-stores.db.test.ts; of
 * sources that are saved, table-sources.db.test.ts and watermark.db.test.ts; which connector loads in which way and where,
 * tests/matrix; what is enriched with a saved source, enrich-source.db.test.ts;
 * what is mirrored, mirror.db.test.ts.
 */
const ELSEWHERE =
  /^(schedule |node archive$|config_key (waitPolicy|atomicity|errorHandling\.retry|schedule\.\w+:\w+|syncMode:\w+|columns|enrich\.with:sourceRef)$|connector (?!local_fs)|load |load_mode cdc_mirror|hook postgres: )/;

describe("the capability table is true", () => {
  let lab: PlanLab;
  beforeAll(() => {
    lab = openPlanLab();
  });
  afterAll(() => lab.close());

  it("loads a target once, however often its run begins again", () => expectBeginAgain(lab));

  it("has a case for every line that says it can be executed, and for no other", () => {
    const lines = capabilities
      .filter(({ executable }) => executable)
      .map(({ kind, name }) => `${kind} ${name}`);
    const here = lines.filter((line) => !ELSEWHERE.test(line));
    expect([...new Set(cases.map(({ line }) => line))].sort()).toEqual(here.sort());
  });

  it.each(cases.map((one) => [one.line, one.title, one] as const))("%s: %s", (_line, _title, one) =>
    one.run(lab),
  );
});
