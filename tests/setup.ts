import { mkdtempSync } from "node:fs";
import path from "node:path";
import { format } from "node:util";
import { afterEach, inject } from "vitest";

process.env.PENSTOCK_DATA_DIR ??= mkdtempSync(path.join(inject("temporaryFolder"), "data-"));
process.env.PENSTOCK_LOG_LEVEL ??= "silent";

const strays: string[] = [];
console.error = (...words: unknown[]) => {
  strays.push(format(...words));
};

afterEach(() => {
  const said = strays.splice(0);
  if (said.length > 0) throw new Error(`The test wrote to console.error:\n${said.join("\n")}`);
});
