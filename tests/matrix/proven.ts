import { PROVEN_LOADS } from "#lib/ir/proven-loads.ts";

/** A cell of the matrix that passed. */
export type Proven = { connector: string; mode: string; destination: string; format?: string };

/**
 * The file that the capability table takes its loads from: those of which every cell passed.
 * @param cells all cells that were tried @param missing connectors that cannot be tried here: of them it keeps what it has
 */
export function provenTable(
  cells: readonly (Proven & { passed: boolean })[],
  missing: readonly string[],
): string {
  const lineOf = ({ mode, connector, destination }: Proven) => `${mode}: ${connector} → ${destination}`;
  const failed = new Set(cells.filter(({ passed }) => !passed).map(lineOf));
  const kept = PROVEN_LOADS.filter((line) => missing.some((connector) => line.includes(`: ${connector} → `)));
  const lines = [...new Set([...kept, ...cells.map(lineOf).filter((line) => !failed.has(line))])].sort();
  return `/** Loads that the matrix of tests/matrix proves on real servers; \`npm run capabilities\` writes this file. */
export const PROVEN_LOADS: readonly string[] = [
${lines.map((line) => `  ${JSON.stringify(line)},\n`).join("")}];
`;
}
