import { z } from "zod";

/** How a value comes out of a field, in the words of OpenLineage's columnLineage facet. */
export const DIRECT_KINDS = ["IDENTITY", "TRANSFORMATION", "AGGREGATION"] as const;
/** How a field has a say in which rows or values there are, without becoming part of them. */
export const INDIRECT_KINDS = ["JOIN", "FILTER", "GROUP_BY", "SORT", "CONDITIONAL"] as const;

/** Subtypes of a transformation (OpenLineage, ColumnLineageDatasetFacet). */
export const LineageKind = z.enum([...DIRECT_KINDS, ...INDIRECT_KINDS]);
export type LineageKind = z.infer<typeof LineageKind>;

/** True if values come out of the field in this way. */
export const isDirect = (kind: LineageKind): boolean => (DIRECT_KINDS as readonly string[]).includes(kind);

/** One way from a field to a column. `masking`: nothing of the value can be read any more, such as after a hash. */
export type LineageWay = { kind: LineageKind; masking: boolean };

/** A field of a source, and the ways on which it is reached. `field` null: its rows as a whole, or we cannot say which. */
export type LineageOrigin = { source: string; field: string | null; ways: LineageWay[] };

/** What a node gives one column from: a column of a node that it reads; null for the rows as a whole. */
export type LineageLink = LineageWay & { node: string; output?: string; column: string | null };

/** One column of a node. `notes` say in words what the node does to it; without any it passes as it is. */
export type LineageColumn = {
  name: string;
  origins: LineageOrigin[];
  links: LineageLink[];
  notes: string[];
};

/**
 * Columns that are not known by name, because a source does not declare its own. `named`: each is the column of that
 * name in the one source; else nobody can say which side of a join it is from.
 */
export type LineageRest = { sources: string[]; except: string[]; named: boolean };

/** Where the columns of one node come from; `rows` has a say in which rows there are, and so in every column. */
export type LineageNode = {
  nodeId: string;
  columns: LineageColumn[];
  rest?: LineageRest;
  rows: LineageOrigin[];
  /** Of a branch: what decides about the rows of one output, beside `rows`. */
  outputs?: ReadonlyMap<string, LineageOrigin[]>;
  /** The sources whose rows these are. */
  sources: string[];
};

/** Lineage of a plan: of every node by its id, in step order, and of each table that gets a copy of rejected rows. */
export type PlanLineage = {
  nodes: ReadonlyMap<string, LineageNode>;
  /** By the id of the validate node. */
  quarantines: ReadonlyMap<string, LineageNode>;
};
