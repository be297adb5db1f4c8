import type { Catalogue } from "./catalogue.ts";
import type { IrNode, PipelineIr } from "./document.ts";
import { parseExpression } from "./expression/parse-expression.ts";
import { type ColumnFlow, columnFlow, transformColumns } from "./flow.ts";
import { type Graph, graphOf, splitRef } from "./graph.ts";
import { type Hook, parseHook } from "./hook.ts";
import { isFileSource, type SourceNode } from "./nodes/source.ts";
import type { TargetNode } from "./nodes/target.ts";
import type { TransformNode } from "./nodes/transform.ts";
import type { ValidateNode } from "./nodes/validate.ts";
import type {
  Column,
  LogicalPlan,
  PlanConsumer,
  PlanDatasetCheck,
  PlanInput,
  PlanOp,
  PlanRowRule,
  PlanStep,
} from "./plan.ts";
import { planOp, takenColumn } from "./plan-op.ts";
import { parseRule } from "./rule.ts";
import { withSideSources } from "./side-sources.ts";
import { parseTableName, type TableRef } from "./table-ref.ts";
import { parseIrType } from "./types.ts";

type Base = Pick<PlanStep, "nodeId" | "index" | "inputs" | "consumers" | "columns">;

/** For parts that a check has parsed before: a document that was not checked must not be compiled. */
function certain<T>(value: T | undefined, nodeId: string, what: string): T {
  if (value === undefined)
    throw new Error(`node "${nodeId}": ${what}; compile only what parsePipelineIR accepted`);
  return value;
}

const tableOf = (text: string, nodeId: string): TableRef =>
  certain(parseTableName(text), nodeId, `"${text}" is no table name`);

function expressionOf(text: string, nodeId: string) {
  const parsed = parseExpression(text);
  return certain(parsed.ok ? parsed.ast : undefined, nodeId, "an expression does not parse");
}

function sourceStep(node: SourceNode, base: Base): PlanStep {
  const ref = node.sourceRef === undefined ? {} : { sourceRef: node.sourceRef };
  if (!isFileSource(node)) {
    const table = tableOf(node.config.stream, node.id);
    return {
      ...base,
      kind: "source",
      family: "table",
      connector: node.connector,
      ...ref,
      config: node.config,
      table,
    };
  }
  const declared = node.config.format?.columns?.map(({ name, type }): Column => {
    const parsed = parseIrType(type);
    return { name, ...(parsed.ok && { type: parsed.type }) };
  });
  return {
    ...base,
    kind: "source",
    family: "file",
    connector: node.connector,
    ...ref,
    config: { ...node.config, ordering: node.config.ordering ?? "all" },
    ...(declared && { declared }),
  };
}

function transformStep(node: TransformNode, base: Base, flow: ColumnFlow): PlanStep {
  const of = (ref: string) => flow.get(splitRef(ref).nodeId);
  const known = transformColumns(node, of(node.input), of);
  const ops = node.ops.map((op, index): PlanOp => {
    const planned = planOp(op);
    const columns = known[index + 1];
    const parsed = certain(planned.ok ? planned.op : undefined, node.id, `ops[${index}] does not parse`);
    return { ...parsed, ...(columns && { columns: [...columns] }) };
  });
  return { ...base, kind: "transform", ops };
}

function datasetChecks({ id, datasetLevel }: ValidateNode): PlanDatasetCheck[] {
  const checks: PlanDatasetCheck[] = [];
  const { rowCount, freshness, fkIntegrity, cardinality, duplicateKey } = datasetLevel ?? {};
  if (rowCount) checks.push({ ...rowCount, check: "rowCount", onFail: rowCount.onFail ?? "abort" });
  if (freshness) checks.push({ ...freshness, check: "freshness", onFail: freshness.onFail ?? "abort" });
  if (fkIntegrity) {
    const { node, table, field } = fkIntegrity.references;
    const references =
      node === undefined
        ? { table: tableOf(certain(table, id, "fkIntegrity names nothing"), id), field }
        : { node, field };
    checks.push({
      check: "fkIntegrity",
      field: fkIntegrity.field,
      references,
      onFail: fkIntegrity.onFail ?? "abort",
    });
  }
  if (cardinality)
    checks.push({ ...cardinality, check: "cardinality", onFail: cardinality.onFail ?? "abort" });
  if (duplicateKey)
    checks.push({ ...duplicateKey, check: "duplicateKey", onFail: duplicateKey.onFail ?? "abort" });
  return checks;
}

function validateStep(node: ValidateNode, base: Base): PlanStep {
  const rows = (node.rowLevel ?? []).map(({ id, field, rule, onFail }): PlanRowRule => {
    const parsed = parseRule(rule);
    const certainRule = certain(parsed.ok ? parsed.rule : undefined, node.id, `rule "${id}" does not parse`);
    return { id, field, text: rule, rule: certainRule, onFail: onFail ?? "quarantine" };
  });
  const table = node.quarantine?.table;
  return {
    ...base,
    kind: "validate",
    dataset: datasetChecks(node),
    rows,
    ...(table !== undefined && { quarantineTable: tableOf(table, node.id) }),
  };
}

/** An unqualified name in a hook is in the target's schema; ANALYZE alone means the target's table. */
function hookOf(text: string, nodeId: string, target: TableRef): Hook {
  const parsed = parseHook(text);
  const hook = certain(parsed.ok ? parsed.hook : undefined, nodeId, "a hook does not parse");
  const qualified = (table: TableRef): TableRef => ({
    ...(target.schema !== undefined && { schema: target.schema }),
    ...table,
  });
  switch (hook.form) {
    case "analyze":
      return { ...hook, table: qualified(hook.table ?? target) };
    case "refresh_materialized_view":
      return { ...hook, view: qualified(hook.view) };
    case "create_index":
      return { ...hook, table: qualified(hook.table) };
    case "create_schema":
      return hook;
  }
}

function targetStep(node: TargetNode, base: Base): PlanStep {
  const table = tableOf(node.schema, node.id);
  return {
    ...base,
    kind: "target",
    ...(node.destination !== undefined && { destination: node.destination }),
    table,
    loadMode: node.loadMode,
    upsertKey: [...(node.upsertKey ?? [])],
    ...(node.watermarkColumn !== undefined && { watermarkColumn: node.watermarkColumn }),
    schemaEvolution: node.schemaEvolution ?? "evolve",
    allowEmpty: node.allowEmpty ?? false,
    ...(node.preHook !== undefined && { preHook: hookOf(node.preHook, node.id, table) }),
    ...(node.postHook !== undefined && { postHook: hookOf(node.postHook, node.id, table) }),
  };
}

function stepOf(node: IrNode, base: Base, flow: ColumnFlow): PlanStep {
  const input = (role: PlanInput["role"]): PlanInput =>
    certain(
      base.inputs.find((edge) => edge.role === role),
      node.id,
      `it has no ${role} input`,
    );
  switch (node.kind) {
    case "source":
      return sourceStep(node, base);
    case "transform":
      return transformStep(node, base, flow);
    case "validate":
      return validateStep(node, base);
    case "target":
      return targetStep(node, base);
    case "branch":
      return {
        ...base,
        kind: "branch",
        cases: node.cases.map(({ id, when }) => ({ id, when: expressionOf(when, node.id) })),
        ...(node.default !== undefined && { default: node.default }),
      };
    case "join":
      return {
        ...base,
        kind: "join",
        left: input("left"),
        right: input("right"),
        on: node.on,
        how: node.how,
      };
    case "enrich": {
      const { on, select } = node;
      return { ...base, kind: "enrich", with: input("with"), on, select: select.map(takenColumn) };
    }
    case "archive":
      return { ...base, kind: "archive", to: node.to, compress: node.compress ?? "none" };
  }
}

function inputsOf(graph: Graph, id: string): PlanInput[] {
  return (graph.edges.get(id) ?? []).map(({ ref, role }) => ({ ...splitRef(ref), role }));
}

const maskedFields = (ir: PipelineIr): string[] => {
  const ops = ir.nodes.flatMap((node) => (node.kind === "transform" ? node.ops : []));
  return [...new Set(ops.flatMap((op) => (op.op === "hash" || op.op === "mask_pii" ? [op.field] : [])))];
};

/**
 * Turns a document that `parsePipelineIR` accepted at executable strength into a plan: a DAG with everything parsed
 * and every default filled in. Pure; shares nothing with the document.
 * @throws Error when a part does not parse, which is a mistake of the caller.
 */
export function compile(document: PipelineIr, catalogue?: Catalogue): LogicalPlan {
  const ir = withSideSources(structuredClone(document), catalogue);
  const graph = graphOf(ir.nodes);
  const flow = columnFlow(ir, catalogue, graph);
  const consumers = new Map<string, PlanConsumer[]>();
  for (const nodeId of graph.order) {
    for (const { nodeId: read, role, output } of inputsOf(graph, nodeId)) {
      const consumer: PlanConsumer = { nodeId, role, ...(output !== undefined && { output }) };
      consumers.set(read, [...(consumers.get(read) ?? []), consumer]);
    }
  }
  const steps = graph.order.map((nodeId) => {
    const { node, index } = certain(graph.nodes.get(nodeId), nodeId, "it is missing");
    const columns = flow.get(nodeId);
    const base: Base = {
      nodeId,
      index,
      inputs: inputsOf(graph, nodeId),
      consumers: consumers.get(nodeId) ?? [],
      ...(columns && { columns: columns.map((column) => ({ ...column })) }),
    };
    return stepOf(node, base, flow);
  });
  const sides = steps.flatMap(({ inputs }) =>
    inputs
      .filter(({ role }) => role === "lookup" || role === "with" || role === "references")
      .map(({ nodeId }) => nodeId),
  );
  return {
    pipelineId: ir.id,
    steps,
    targets: steps.filter(({ kind }) => kind === "target").map(({ nodeId }) => nodeId),
    sideInputs: [...new Set(sides)],
    maskedFields: maskedFields(ir),
    keepRejects: ir.errorHandling?.dlq?.enabled ?? true,
    retry: {
      maxAttempts: ir.errorHandling?.retry?.maxAttempts ?? 1,
      backoff: ir.errorHandling?.retry?.backoff ?? "exponential",
    },
  };
}
