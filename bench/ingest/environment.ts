import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Everything that the bench leaves on disk; it goes with the process. */
export const FOLDER = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
process.on("exit", () => rmSync(FOLDER, { recursive: true, force: true }));

// The product reads its environment when it is first loaded: this file has to be imported before any of it.
process.env.PENSTOCK_DATA_DIR = path.join(FOLDER, "data");
process.env.PENSTOCK_SECRET_KEY = randomBytes(32).toString("base64");
process.env.PENSTOCK_LOG_LEVEL = "silent";
