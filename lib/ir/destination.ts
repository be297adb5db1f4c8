import { type Catalogue, type DestinationKind, WAREHOUSE } from "./catalogue.ts";
import type { TargetNode } from "./nodes/target.ts";

/**
 * The kind of a target's destination: `duckdb` or `postgres`; undefined if it is not in the catalogue. Without a
 * name (or named "warehouse") it is the built-in warehouse.
 */
export function destinationKind(
  target: Pick<TargetNode, "destination">,
  catalogue: Catalogue | undefined,
): DestinationKind | (string & {}) | undefined {
  const name = target.destination ?? WAREHOUSE;
  const named = catalogue?.destinations.find((destination) => destination.name === name)?.kind;
  if (named !== undefined || name !== WAREHOUSE) return named;
  return catalogue?.warehouse === null ? undefined : (catalogue?.warehouse ?? "duckdb");
}
