import { capabilities, executableNames, isExecutable } from "../capabilities.ts";
import type { Capability } from "../capability.ts";
import { destinationKind } from "../destination.ts";
import type { IrNode } from "../document.ts";
import { fileFormatOf, sourceFormat } from "../file-format.ts";
import { parseHook } from "../hook.ts";
import type { Issue } from "../issue.ts";
import { isFileSource } from "../nodes/source.ts";
import type { TargetNode } from "../nodes/target.ts";
import { DATASET_CHECKS } from "../nodes/validate.ts";
import { policiesOf } from "../schedule-schema.ts";
import { sourcesAbove } from "../upstream.ts";
import { type Check, type CheckContext, documentIssue, listed, nodeIssue } from "./check.ts";

/** One thing of the table that a document uses, and where. */
type Use = { kind: Capability["kind"]; name: string; at: (string | number)[] };

const use = (kind: Use["kind"], name: string, ...at: Use["at"]): Use => ({ kind, name, at });

const WORDS: Record<Capability["kind"], string> = {
  node: "a node of kind",
  op: "the op",
  rule: "the rule",
  dataset_check: "the dataset check",
  connector: "the connector",
  format: "the format",
  compression: "the compression",
  encoding: "the encoding",
  config_key: "the setting",
  load_mode: "loadMode",
  load: "a load",
  schedule: "a schedule of kind",
  hook: "the hook",
};

/** Messages never suggest these: the lists are long, and a name of one kind does not replace another. */
const NO_LIST: ReadonlySet<Capability["kind"]> = new Set(["config_key"]);

function instead(kind: Capability["kind"], name: string): string {
  const line = capabilities.find((one) => one.kind === kind && one.name === name);
  if (line?.limits !== undefined) return line.limits;
  if (NO_LIST.has(kind)) return "leave it out";
  // Of hooks, those for the same kind of destination; of loads, those in the same mode.
  const prefix = kind === "hook" || kind === "load" ? name.slice(0, name.indexOf(":") + 1) : "";
  const names = executableNames(kind).filter((other) => other.startsWith(prefix));
  return `what runs today: ${listed(names, 20)}`;
}

function sourceUses(node: IrNode & { kind: "source" }): Use[] {
  const connector: Use = { kind: "connector", name: node.connector, at: ["connector"] };
  // What a connector that cannot run would be set to does not matter.
  if (!isExecutable("connector", node.connector)) return [connector];
  if (!isFileSource(node)) {
    const { syncMode, columns } = node.config;
    const mode: Use = { kind: "config_key", name: `syncMode:${syncMode}`, at: ["config", "syncMode"] };
    return [connector, mode, ...(columns ? [use("config_key", "columns", "config", "columns")] : [])];
  }
  const { path, pattern, ordering, waitPolicy, atomicity, format } = node.config;
  const type = sourceFormat(node.config);
  const { compression } = fileFormatOf(pattern?.value ?? path ?? "");
  const key = (name: string, ...at: string[]): Use => ({ kind: "config_key", name, at: ["config", ...at] });
  return [
    connector,
    ...(path === undefined ? [] : [key("path", "path")]),
    ...(pattern ? [key(`pattern:${pattern.type}`, "pattern", "type")] : []),
    ...(ordering ? [key(`ordering:${ordering}`, "ordering")] : []),
    ...(waitPolicy ? [key("waitPolicy", "waitPolicy")] : []),
    ...(atomicity ? [key("atomicity", "atomicity")] : []),
    ...(format ? [key("format", "format")] : []),
    ...(type ? [use("format", type, "config", "format", "type")] : []),
    ...(compression ? [use("compression", compression, "config", "path")] : []),
    ...(format?.encoding !== undefined
      ? [use("encoding", format.encoding.toLowerCase(), "config", "format", "encoding")]
      : []),
  ];
}

function targetUses({ graph, catalogue }: CheckContext, node: TargetNode): Use[] {
  const mode: Use = { kind: "load_mode", name: node.loadMode, at: ["loadMode"] };
  const kind = destinationKind(node, catalogue);
  const connectors = new Set(sourcesAbove(graph, node.id).map(({ connector }) => connector));
  const able = [...connectors].filter((connector) => isExecutable("connector", connector));
  const hooks = (["preHook", "postHook"] as const).flatMap((field): Use[] => {
    const parsed = parseHook(node[field] ?? "");
    return parsed.ok && kind !== undefined
      ? [{ kind: "hook", name: `${kind}: ${parsed.hook.form}`, at: [field] }]
      : [];
  });
  const loads =
    kind !== undefined && isExecutable("load_mode", node.loadMode)
      ? able.map(
          (from): Use => ({ kind: "load", name: `${node.loadMode}: ${from} → ${kind}`, at: ["loadMode"] }),
        )
      : [];
  return [
    mode,
    ...loads,
    ...hooks,
    ...(node.schemaEvolution
      ? [use("config_key", `schemaEvolution:${node.schemaEvolution}`, "schemaEvolution")]
      : []),
    ...(node.allowEmpty !== undefined ? [use("config_key", "allowEmpty", "allowEmpty")] : []),
  ];
}

function validateUses({ rule: parseRule }: CheckContext, node: IrNode & { kind: "validate" }): Use[] {
  const references = node.datasetLevel?.fkIntegrity?.references;
  const at = ["datasetLevel", "fkIntegrity", "references"];
  return [
    ...DATASET_CHECKS.filter((check) => node.datasetLevel?.[check] !== undefined).map(
      (check): Use => ({ kind: "dataset_check", name: check, at: ["datasetLevel", check] }),
    ),
    ...(node.rowLevel ?? []).flatMap(({ rule }, index): Use[] => {
      const parsed = parseRule(rule);
      return parsed.ok ? [{ kind: "rule", name: parsed.rule.name, at: ["rowLevel", index, "rule"] }] : [];
    }),
    ...(references?.node !== undefined
      ? [use("config_key", "fkIntegrity.references.node", ...at, "node")]
      : []),
    ...(references?.table !== undefined
      ? [use("config_key", "fkIntegrity.references.table", ...at, "table")]
      : []),
    ...(node.quarantine?.table !== undefined
      ? [use("config_key", "quarantine.table", "quarantine", "table")]
      : []),
  ];
}

function nodeUses(context: CheckContext, node: IrNode): Use[] {
  switch (node.kind) {
    case "source":
      return sourceUses(node);
    case "target":
      return targetUses(context, node);
    case "validate":
      return validateUses(context, node);
    case "transform":
      return node.ops.map(({ op }, index): Use => ({ kind: "op", name: op, at: ["ops", index, "op"] }));
    case "enrich":
      return [
        {
          kind: "config_key",
          name: `enrich.with:${typeof node.with === "string" ? "node" : "sourceRef"}`,
          at: ["with"],
        },
      ];
    default:
      return [];
  }
}

/** Check 12: the runtime can execute everything the document uses, by the capability table and nothing else. */
export const checkCapability: Check = (context) => {
  const issues: Issue[] = [];
  for (const [index, node] of context.ir.nodes.entries()) {
    const uses: Use[] = [{ kind: "node", name: node.kind, at: ["kind"] }, ...nodeUses(context, node)];
    for (const { kind, name, at } of uses) {
      if (isExecutable(kind, name)) continue;
      const message = `${WORDS[kind]} "${name}" cannot be executed yet; ${instead(kind, name)}`;
      issues.push(nodeIssue("not_executable", node, index, at, message));
    }
  }
  const { schedule, errorHandling } = context.ir;
  if (schedule && !isExecutable("schedule", schedule.kind)) {
    const message = `schedule: a schedule of kind "${schedule.kind}" cannot be executed yet; ${instead("schedule", schedule.kind)}`;
    issues.push(documentIssue("not_executable", "/schedule/kind", message));
  }
  for (const [field, value] of Object.entries(schedule ? policiesOf(schedule) : {})) {
    if (isExecutable("config_key", `schedule.${field}:${value}`)) continue;
    const message = `schedule, field "${field}": "${value}" cannot be executed yet; leave it out`;
    issues.push(documentIssue("not_executable", `/schedule/${field}`, message));
  }
  for (const field of ["dlq", "retry"] as const) {
    if (errorHandling?.[field] === undefined || isExecutable("config_key", `errorHandling.${field}`))
      continue;
    const message = `errorHandling, field "${field}": cannot be executed yet; leave it out`;
    issues.push(documentIssue("not_executable", `/errorHandling/${field}`, message));
  }
  return issues;
};
