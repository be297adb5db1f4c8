export { CAPABILITY_KINDS, Capability } from "./capability.ts";
export { Catalogue, DESTINATION_KINDS, type DestinationKind, WAREHOUSE } from "./catalogue.ts";
export { Change } from "./change.ts";
export { ErrorHandling, IrNode, Metadata, type NodeKind, PipelineIr } from "./document.ts";
export { DriftColumn, SchemaDrift } from "./drift.ts";
export type { BinaryOperator, Expression, ParsedExpression } from "./expression/ast.ts";
export type { Hook } from "./hook.ts";
export { Issue } from "./issue.ts";
export {
  isDirect,
  type LineageColumn,
  LineageKind,
  type LineageLink,
  type LineageNode,
  type LineageOrigin,
  type PlanLineage,
} from "./lineage/shapes.ts";
export { ArchiveNode } from "./nodes/archive.ts";
export { BranchNode } from "./nodes/branch.ts";
export { EnrichNode, EnrichWith } from "./nodes/enrich.ts";
export { JoinNode } from "./nodes/join.ts";
export type { InputRole } from "./nodes/node-kind.ts";
export {
  type ConnectorName,
  FILE_CONNECTORS,
  FILE_FORMATS,
  type FileConnector,
  type FileFormat,
  FileSourceConfig,
  FileSourceNode,
  FormatConfig,
  PatternConfig,
  SourceNode,
  TABLE_CONNECTORS,
  type TableConnector,
  TableSourceConfig,
  TableSourceNode,
} from "./nodes/source.ts";
export { LOAD_MODES, type LoadMode, TargetNode } from "./nodes/target.ts";
export { TransformNode } from "./nodes/transform.ts";
export {
  DATASET_CHECKS,
  type DatasetCheckName,
  DatasetLevel,
  ROW_ACTIONS,
  RowRule,
  ValidateNode,
} from "./nodes/validate.ts";
export { METRIC_FUNCTIONS, Metric, OP_NAMES, Op, type OpName } from "./ops.ts";
export type {
  ArchiveStep,
  BranchStep,
  Column,
  EnrichStep,
  FileSourceStep,
  JoinStep,
  LogicalPlan,
  PlanConsumer,
  PlanDatasetCheck,
  PlanInput,
  PlanOp,
  PlanRowRule,
  PlanStep,
  SourceStep,
  TableSourceStep,
  TakenColumn,
  TargetStep,
  TransformStep,
  ValidateStep,
} from "./plan.ts";
export { ID_PATTERN, Id, JoinKey, Scalar, SelectedColumn } from "./primitives.ts";
export type { ParsedRule } from "./rule.ts";
export {
  CronSchedule,
  FileArrivalSchedule,
  IntervalSchedule,
  policiesOf,
  RruleSchedule,
  Schedule,
  type TimedSchedule,
  timesOf,
} from "./schedule-schema.ts";
export type { TableRef } from "./table-ref.ts";
export { IR_TYPE_NAMES, type IrType, type IrTypeName } from "./types.ts";
