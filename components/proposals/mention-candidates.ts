import { KIND_LABELS, keyLine } from "#components/pipelines/node-facts.ts";
import { formatRelative, formatRows } from "#components/ui/format.ts";
import { columnsAfter, formatIrType } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { RunList } from "#lib/runs/schema.ts";
import type { WarehouseTables } from "#lib/runtime/schema.ts";
import type { Candidate } from "./mentions.ts";

/** Nodes and known columns of a pipeline, the nodes first. */
export function irCandidates(ir: PipelineIr): Candidate[] {
  const nodes = ir.nodes.map(
    (node): Candidate => ({
      key: node.id,
      name: node.id,
      kind: "node",
      detail: `${KIND_LABELS[node.kind].toLowerCase()}, ${keyLine(node)}`,
    }),
  );
  const columns = ir.nodes.flatMap((node) =>
    (columnsAfter(ir, node.id) ?? []).map(
      ({ name, type }): Candidate => ({
        key: `column:${node.id}.${name}`,
        name: `${node.id}.${name}`,
        kind: "column",
        ...(type ? { detail: formatIrType(type) } : {}),
      }),
    ),
  );
  return [...nodes, ...columns].filter(({ key }) => key.length <= limits.mentionChars);
}

/** Tables of the warehouse. */
export function tableCandidates({ tables }: WarehouseTables): Candidate[] {
  return tables.map(({ name, rows }) => ({
    key: `table:${name}`,
    name,
    kind: "table",
    detail: formatRows(rows),
  }));
}

/** The latest runs, named by the end of their id as everywhere else. `now` in epoch milliseconds. */
export function runCandidates({ data }: RunList, now: number): Candidate[] {
  return data.map(({ runId, status, queuedAt }) => ({
    key: `run:${runId}`,
    name: `run-${runId.slice(-8)}`,
    kind: "run",
    detail: `${status}, ${formatRelative(Date.parse(queuedAt), now)}`,
  }));
}
