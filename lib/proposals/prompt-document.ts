import { canonical } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";

/** A file named in the message: what it holds, or why it could not be looked into. */
export type KnownFile =
  | {
      path: string;
      readable: true;
      format: string;
      columns: { name: string; type: string }[];
      header?: boolean;
      delimiter?: string;
      /** The file that was looked into, where the path is a pattern. */
      example?: string;
    }
  | { path: string; readable: false; why: string; forbidden?: true };

/** Columns of a source node that declares none, as found at the beginning of its file. */
export type KnownColumns = Record<string, { name: string; type: string }[]>;

/** A decision about an earlier proposal for the same pipeline, or a run of it that failed, at a node. */
export type PastDecision = {
  asked: string;
  proposed: string;
  outcome: string;
  reason?: string;
  at?: string;
  node?: string;
};

/** What a message points at besides nodes. */
export type PointedAt =
  | { kind: "table"; table: string; columns: { name: string; type: string }[] }
  | { kind: "column"; node: string; column: string; type?: string }
  | {
      kind: "run";
      run: string;
      pipeline: string;
      version: number;
      status: string;
      rows: { read: number; out: number; rejected: number };
      nodes: { node: string; status: string; in: number; out: number; rejected: number }[];
      error?: { node?: string; code: string; message: string; hint?: string };
    };

/** A message before this one in the same conversation, and what was proposed. */
export type EarlierMessage = { asked: string; proposed: string; changes?: string[] };

/** Everything a model is told about one request. Data is quoted as JSON, one line each, and never as instructions. */
export type PromptDocument = {
  version: number;
  ir: PipelineIr;
  sources: { ref: string; connector: string }[];
  destinations: { name: string; kind: string }[];
  files: KnownFile[];
  /** By id of the source node. */
  columns: KnownColumns;
  decisions: PastDecision[];
  /** Ids of the nodes that the message points at. */
  mentions: string[];
  pointed?: PointedAt[];
  /** What the request goes on with, oldest first; `ir` is then the result of the last of it. */
  earlier?: EarlierMessage[];
  /** Rows that came with this request; they are in no other one. */
  samples?: string[];
  request: string;
};

const NODE_LINE = /^\/nodes\/(\d+) \(id "[^"]*"\) (\{.*)$/;

/**
 * Writes the document. A heading is a line of its own; everything below it is one JSON text a line, so nothing that a
 * user, a file or a name says can pass for a heading.
 */
export function printDocument(document: PromptDocument): string {
  const { nodes, ...rest } = canonical(document.ir);
  const lines = nodes.map(
    (node, at) => `/nodes/${at} (id ${JSON.stringify(node.id)}) ${JSON.stringify(node)}`,
  );
  const sections: [string, string[]][] = [
    ["pipeline_version", [JSON.stringify(document.version)]],
    ["pipeline_without_nodes", [JSON.stringify(rest)]],
    ["nodes_by_position", lines],
    ["saved_sources", [JSON.stringify(document.sources)]],
    ["destinations", [JSON.stringify(document.destinations)]],
    ["files_named_in_the_request", [JSON.stringify(document.files)]],
    ["columns_of_sources_that_declare_none", [JSON.stringify(document.columns)]],
    ["past_decisions", [JSON.stringify(document.decisions)]],
    ["nodes_pointed_at", [JSON.stringify(document.mentions)]],
    ...optional("other_things_pointed_at", document.pointed),
    ...optional("earlier_in_this_conversation", document.earlier),
    ...optional("sample_rows", document.samples),
    ["request", [JSON.stringify(document.request)]],
  ];
  return sections.map(([name, body]) => [`## ${name}`, ...body].join("\n")).join("\n");
}

function optional(name: string, list: readonly unknown[] = []): [string, string[]][] {
  return list.length > 0 ? [[name, [JSON.stringify(list)]]] : [];
}

/** Reads back what {@link printDocument} wrote. @throws SyntaxError on anything else. */
export function readDocument(text: string): PromptDocument {
  const sections = new Map<string, string[]>();
  let body: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("## ")) {
      body = [];
      sections.set(line.slice(3), body);
    } else body.push(line);
  }
  const read = <T>(name: string): T => JSON.parse(sections.get(name)?.[0] ?? "") as T;
  const list = (name: string, key: string) => (sections.has(name) ? { [key]: read<unknown[]>(name) } : {});
  const nodes = (sections.get("nodes_by_position") ?? []).map((line) =>
    JSON.parse(NODE_LINE.exec(line)?.[2] ?? ""),
  );
  return {
    version: read("pipeline_version"),
    ir: { ...read<PipelineIr>("pipeline_without_nodes"), nodes },
    sources: read("saved_sources"),
    destinations: read("destinations"),
    files: read("files_named_in_the_request"),
    columns: read("columns_of_sources_that_declare_none"),
    decisions: read("past_decisions"),
    mentions: read("nodes_pointed_at"),
    ...list("other_things_pointed_at", "pointed"),
    ...list("earlier_in_this_conversation", "earlier"),
    ...list("sample_rows", "samples"),
    request: read("request"),
  };
}
