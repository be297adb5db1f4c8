import {
  type DatasetName,
  fileDatasetName,
  type PlaceFields,
  postgresTableName,
  tableDatasetName,
} from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import { edgesOf, formatTableName, isFileSource, parseTableName, splitRef } from "#lib/ir/index.ts";
import { type ConnectorName, type IrNode, WAREHOUSE } from "#lib/ir/schema.ts";
import { destinationPlaces } from "#lib/settings/index.ts";
import { listSourcePlaces, type SourcePlace } from "#lib/sources/index.ts";
import type { LineageDataset } from "./lineage-schema.ts";

/** A dataset that a node reads or writes, by name. */
export type NamedDataset = DatasetName & Pick<LineageDataset, "id" | "node" | "role">;

/** Where the tenant's sources and destinations lead. */
export type Places = {
  tenant: string;
  embedded: boolean;
  sources: ReadonlyMap<string, SourcePlace>;
  destinations: ReadonlyMap<string, PlaceFields>;
};

/** Looks up where everything leads that a document of the tenant may name. */
export async function loadPlaces(ctx: Pick<Ctx, "db" | "tenant">): Promise<Places> {
  const sources = await listSourcePlaces(ctx);
  const destinations = await destinationPlaces(ctx);
  return {
    tenant: ctx.tenant,
    embedded: env().embedded,
    // A document may name a source by its name or its id.
    sources: new Map(
      sources.flatMap((place) => [
        [place.id, place],
        [place.name, place],
      ]),
    ),
    destinations: new Map(destinations.map(({ name, config }) => [name, config])),
  };
}

/**
 * Every dataset that the nodes of a document read or write, called as OpenLineage has it. The built-in warehouse is
 * called by the tenant: it is no server that anybody else could name.
 */
export function nameDatasets(nodes: readonly IrNode[], places: Places): NamedDataset[] {
  return nodes.flatMap((node): NamedDataset[] => {
    const of = (role: NamedDataset["role"], named: DatasetName): NamedDataset => ({
      id: role === "quarantine" || role === "reference" ? `${node.id}:${role}` : node.id,
      node: node.id,
      role,
      ...named,
    });
    if (node.kind === "source") {
      const saved = node.sourceRef === undefined ? undefined : places.sources.get(node.sourceRef)?.config;
      if (isFileSource(node)) return [of("source", fileDatasetName(node.connector, saved, node.config))];
      return [of("source", tableName(node.connector, saved, node.config.stream))];
    }
    if (node.kind === "enrich" && typeof node.with !== "string") {
      const { sourceRef, stream } = node.with;
      const saved = places.sources.get(sourceRef);
      return [of("source", tableName(saved?.connector ?? "postgres", saved?.config, stream))];
    }
    if (node.kind === "target")
      return [of("target", destinationTable(places, node.destination, node.schema))];
    if (node.kind === "archive") return [of("archive", archivedFiles(nodes, node, places))];
    if (node.kind !== "validate") return [];
    const near = firstTarget(nodes, node.id);
    const copy = node.quarantine?.table;
    const reference = node.datasetLevel?.fkIntegrity?.references.table;
    return [
      ...(reference === undefined
        ? []
        : [of("reference", destinationTable(places, near?.destination, reference))]),
      ...(copy === undefined ? [] : [of("quarantine", destinationTable(places, near?.destination, copy))]),
    ];
  });
}

/** Copies of files: in a folder of this machine, or in the store that they come from. */
function archivedFiles(
  nodes: readonly IrNode[],
  { input, to }: Extract<IrNode, { kind: "archive" }>,
  places: Places,
): DatasetName {
  const source = nodes.find(({ id }) => id === input);
  if (to.startsWith("/") || source?.kind !== "source" || source.sourceRef === undefined)
    return fileDatasetName("local_fs", undefined, { path: to });
  return fileDatasetName(source.connector, places.sources.get(source.sourceRef)?.config, { path: to });
}

function tableName(connector: ConnectorName, config: PlaceFields | undefined, stream: string): DatasetName {
  return tableDatasetName(connector, config ?? {}, parseTableName(stream) ?? { name: stream });
}

function destinationTable(places: Places, destination: string | undefined, table: string): DatasetName {
  const ref = parseTableName(table) ?? { name: table };
  if (destination !== undefined && destination !== WAREHOUSE)
    return postgresTableName(places.destinations.get(destination) ?? {}, ref);
  const schema = ref.schema ?? (places.embedded ? "main" : "public");
  return {
    namespace: `penstock://${places.tenant}`,
    name: `warehouse.${formatTableName({ ...ref, schema })}`,
  };
}

/** The first target below a node: its destination is the one that the node's own tables are in. */
function firstTarget(nodes: readonly IrNode[], id: string) {
  const below = new Set([id]);
  const reads = (node: IrNode) => edgesOf(node).some(({ ref }) => below.has(splitRef(ref).nodeId));
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const node of nodes) if (reads(node)) below.add(node.id);
  }
  for (const node of nodes) if (node.kind === "target" && below.has(node.id)) return node;
  return undefined;
}
