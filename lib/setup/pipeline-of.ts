import { sourceFormat } from "#lib/ir/index.ts";
import {
  FILE_CONNECTORS,
  type FileFormat,
  type FileSourceConfig,
  type IrNode,
  type PipelineIr,
  type SourceNode,
} from "#lib/ir/schema.ts";
import { cursorsOf, keyOf, loadOf } from "./machine/proposal.ts";
import type { PickedStream, Setup } from "./state.ts";

/**
 * The pipeline that a conversation comes to: one source and one target for each stream. Everything each time replaces
 * the table, which may then be empty if the source's is; what is new is merged by its key, or added where there is none.
 * @param names `sourceName` is the saved source, `slug` the pipeline's id
 */
export function pipelineOf(
  setup: Setup,
  { sourceName, slug }: { sourceName: string; slug: string },
): PipelineIr {
  const taken = new Set<string>();
  const nodes = setup.picked.flatMap((stream): IrNode[] => {
    const name = idOf(stream.table);
    const id = freeId(name, taken);
    const target = freeId(`load_${name}`, taken);
    return [sourceNode(setup, stream, id, sourceName), targetNode(setup, stream, target, id)];
  });
  const ir: PipelineIr = {
    kind: "pipeline",
    version: "1.0",
    id: slug,
    metadata: { name: setup.title || slug },
    nodes,
  };
  return setup.schedule ? { ...ir, schedule: setup.schedule } : ir;
}

function sourceNode(setup: Setup, stream: PickedStream, id: string, sourceRef: string): IrNode {
  const common = { id, kind: "source" as const, sourceRef };
  if (isFile(setup.connector))
    return { ...common, connector: setup.connector, config: filesOf(setup, stream) };
  const primaryKey = keyOf(stream);
  const incremental = stream.syncMode === "incremental";
  const cursorField = stream.cursorField ?? cursorsOf(stream)[0];
  return {
    ...common,
    connector: setup.connector as Exclude<SourceNode["connector"], FileConnector>,
    config: {
      stream: stream.name,
      syncMode: stream.syncMode,
      ...(incremental && cursorField && { cursorField }),
      ...(primaryKey.length > 0 && { primaryKey }),
    },
  };
}

function targetNode(setup: Setup, stream: PickedStream, id: string, input: string): IrNode {
  const loadMode = loadOf(stream);
  return {
    id,
    kind: "target",
    input,
    ...(setup.destination && { destination: setup.destination }),
    schema: stream.table,
    loadMode,
    ...(loadMode === "upsert" && { upsertKey: keyOf(stream) }),
    ...(loadMode === "truncate" && !isFile(setup.connector) && { allowEmpty: true }),
  };
}

type FileConnector = (typeof FILE_CONNECTORS)[number];
const isFile = (connector: string | undefined): connector is FileConnector =>
  (FILE_CONNECTORS as readonly (string | undefined)[]).includes(connector);

/** What is read of files. Text has no types of its own: the columns are declared as their beginning showed them. */
function filesOf({ config }: Setup, stream: PickedStream): FileSourceConfig {
  const files = stream.files ?? { path: stream.name };
  const type =
    sourceFormat(files) ?? (typeof config.format === "string" ? (config.format as FileFormat) : undefined);
  const columns = stream.columns.map(({ name, type }) => ({ name, type }));
  if (type && DELIMITED.has(type) && columns.length > 0)
    return { ...files, format: { ...files.format, type, columns } };
  return type && sourceFormat(files) === undefined
    ? { ...files, format: { ...files.format, type } }
    : { ...files };
}

const DELIMITED: ReadonlySet<FileFormat> = new Set(["csv", "tsv"]);

/** The table's name as an id of a node: at most 50 characters, so that a prefix and a number fit beside it. */
function idOf(table: string): string {
  const plain = (table.split(".").at(-1) ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "_")
    .slice(0, 50);
  return /^[a-z]/.test(plain) ? plain : `t_${plain}`;
}

function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let number = 2; taken.has(id); number++) id = `${wanted}_${number}`;
  taken.add(id);
  return id;
}
