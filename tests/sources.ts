import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** One source file of the product, with its path from the project's root. */
export type Source = { file: string; text: string };

/** Every source file under the given folders and files, tests left out unless asked for. */
export function readSources(roots: string[], { tests = false } = {}): Source[] {
  return roots
    .flatMap(filesUnder)
    .filter((file) => /\.(ts|tsx|mjs|cjs)$/.test(file) && (tests || !/\.test\.tsx?$/.test(file)))
    .map((file) => ({ file, text: readFileSync(file, "utf8") }));
}

/** The text without its comments, so that a sentence about a rule does not count as breaking it. */
export function code({ text }: Source): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function filesUnder(root: string): string[] {
  const parent = path.dirname(root);
  const self = readdirSync(parent, { withFileTypes: true }).find(({ name }) => name === path.basename(root));
  if (!self) return [];
  if (!self.isDirectory()) return [root];
  return readdirSync(root).flatMap((name) => filesUnder(path.join(root, name)));
}
