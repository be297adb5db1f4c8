import type { IrNode } from "../document.ts";
import { sourceFormat } from "../file-format.ts";
import { splitRef } from "../graph.ts";
import type { Issue } from "../issue.ts";
import { isFileSource, type SourceNode } from "../nodes/source.ts";
import type { TargetNode } from "../nodes/target.ts";
import { parseTableName } from "../table-ref.ts";
import { formatIrType } from "../types.ts";
import { WATERMARK_TYPES } from "../watermark-types.ts";
import { type Check, type CheckContext, listed, nodeIssue } from "./check.ts";
import { checkMirror } from "./mirror.ts";

/** Longest name of a table to which "__next" can be added in PostgreSQL. */
const LONGEST_SWAPPED = 63 - "__next".length;

function checkTarget(context: CheckContext, node: TargetNode, index: number): Issue[] {
  const need = (field: string, message: string, hint?: string): Issue[] => [
    nodeIssue("field_required", node, index, [field], message, hint),
  ];
  const columns = context.flow.get(splitRef(node.input).nodeId)?.map(({ name }) => name);
  const some = columns && columns.length > 0 ? `columns here: ${listed(columns)}` : undefined;
  switch (node.loadMode) {
    case "upsert":
      if (!node.upsertKey)
        return need(
          "upsertKey",
          'loadMode "upsert" needs it: the columns that tell one row from another',
          some,
        );
      if (columns?.every((name) => node.upsertKey?.includes(name))) {
        const message =
          'every column is in the key, so nothing is left to update; shorten the key or use loadMode "append"';
        return [nodeIssue("no_column_to_update", node, index, ["upsertKey"], message)];
      }
      return [];
    case "blue_green": {
      const name = parseTableName(node.schema)?.name ?? "";
      if (name.length <= LONGEST_SWAPPED) return [];
      const message = `a table that blue_green loads is filled as "${name}__next", which is too long; ${LONGEST_SWAPPED} characters are the most`;
      return [nodeIssue("bad_table_name", node, index, ["schema"], message)];
    }
    case "incremental_watermark":
      if (node.watermarkColumn !== undefined) return checkWatermark(context, node, index);
      return need(
        "watermarkColumn",
        'loadMode "incremental_watermark" needs it: a column that only grows',
        some,
      );
    case "cdc_mirror":
      return checkMirror(context, node, index);
    default:
      return [];
  }
}

function checkWatermark({ flow }: CheckContext, node: TargetNode, index: number): Issue[] {
  const columns = flow.get(splitRef(node.input).nodeId);
  const type = columns?.find(({ name }) => name === node.watermarkColumn)?.type;
  if (!type || WATERMARK_TYPES.includes(type.name)) return [];
  const message = `"${node.watermarkColumn}" is ${formatIrType(type)}; a watermark is one of ${listed(WATERMARK_TYPES, 10)}`;
  return [nodeIssue("watermark_type", node, index, ["watermarkColumn"], message)];
}

function checkSource(node: SourceNode, index: number): Issue[] {
  if (!isFileSource(node)) {
    if (node.config.syncMode !== "incremental" || node.config.cursorField !== undefined) return [];
    const message = 'syncMode "incremental" needs it: the column that tells what is new';
    return [nodeIssue("field_required", node, index, ["config", "cursorField"], message)];
  }
  const { path, pattern } = node.config;
  if (path === undefined && (pattern === undefined || node.connector === "local_fs")) {
    const message =
      'it is missing: a file such as "/tmp/orders.csv", or the folder in which "pattern" is looked for';
    return [nodeIssue("field_required", node, index, ["config", "path"], message)];
  }
  if (sourceFormat(node.config) === undefined) {
    const message =
      "it is missing, and the file's name does not tell it: set format.type to csv, tsv, json, jsonl or parquet";
    return [nodeIssue("field_required", node, index, ["config", "format"], message)];
  }
  return [];
}

function checkOthers(node: IrNode, index: number): Issue[] {
  if (node.kind === "transform") {
    return node.ops.flatMap((op, at) =>
      op.op !== "aggregate" && op.op !== "summarize"
        ? []
        : op.metrics.flatMap((metric, position) => {
            if (metric.fn === "count" || metric.field !== undefined) return [];
            const path = ["ops", at, "metrics", position, "field"];
            return [
              nodeIssue(
                "field_required",
                node,
                index,
                path,
                `"${metric.fn}" needs a column; only "count" goes without`,
              ),
            ];
          }),
    );
  }
  const references = node.kind === "validate" ? node.datasetLevel?.fkIntegrity?.references : undefined;
  if (references && (references.node === undefined) === (references.table === undefined)) {
    const path = ["datasetLevel", "fkIntegrity", "references"];
    return [
      nodeIssue(
        "field_required",
        node,
        index,
        path,
        'name either a "node" of this pipeline or a "table", one of the two',
      ),
    ];
  }
  return [];
}

/** Check 6: fields that a load mode, sync mode, or kind of file makes necessary are there. */
export const checkRequirements: Check = (context) =>
  context.ir.nodes.flatMap((node, index) => {
    if (node.kind === "target") return checkTarget(context, node, index);
    if (node.kind === "source") return checkSource(node, index);
    return checkOthers(node, index);
  });

/** Check 6, warnings: fields of a target that its load mode does not use. */
export const warnUnused: Check = ({ ir }) =>
  ir.nodes.flatMap((node, index) => {
    if (node.kind !== "target") return [];
    const unused = (field: string, mode: string): Issue =>
      nodeIssue(
        "unused_field",
        node,
        index,
        [field],
        `has no effect with loadMode "${node.loadMode}"; it belongs to ${mode}`,
      );
    return [
      ...(node.upsertKey && !["upsert", "cdc_mirror"].includes(node.loadMode)
        ? [unused("upsertKey", "upsert")]
        : []),
      ...(node.watermarkColumn !== undefined && node.loadMode !== "incremental_watermark"
        ? [unused("watermarkColumn", "incremental_watermark")]
        : []),
      ...(node.allowEmpty !== undefined && node.loadMode !== "truncate"
        ? [unused("allowEmpty", "truncate")]
        : []),
    ];
  });
