import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * SHA-256 over names and contents of files and of everything in folders; what does not exist counts as absent.
 * @param {string[]} roots
 * @param {(file: string) => boolean} [counts]
 */
export function hashOf(roots, counts = () => true) {
  const hash = createHash("sha256");
  for (const file of roots.flatMap(filesOf).filter(counts)) {
    const content = readFileSync(file);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function filesOf(root) {
  if (!existsSync(root)) return [];
  const entries = readdirSync(path.dirname(root) || ".", { withFileTypes: true });
  const self = entries.find((entry) => entry.name === path.basename(root));
  if (!self?.isDirectory()) return [root];
  return readdirSync(root, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesOf(path.join(root, entry.name)));
}

/**
 * Does the work unless its stamp says that it was done for the same input. The stamp goes before the work starts and
 * comes back when it has succeeded, so that a killed run is done again.
 * @param {{ stamp: string, hash: string, work: () => Promise<void> }} what
 * @returns {Promise<"fresh" | undefined>}
 */
export async function unlessStamped({ stamp, hash, work }) {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return "fresh";
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  return undefined;
}
