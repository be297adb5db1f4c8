import { columnsAfter } from "#lib/ir/index.ts";
import type { PromptDocument } from "../prompt-document.ts";

/** What is called by a name in the document: never taken for a word of a request, nor corrected. */
export type Names = {
  columns: readonly string[];
  nodes: readonly string[];
  tables: readonly string[];
  sources: readonly string[];
  /** The saved sources that the pipeline reads already. */
  read: readonly string[];
  destinations: readonly string[];
};

/** The names that a request may use. */
export function namesOf(document: PromptDocument): Names {
  const { ir, columns: found } = document;
  const columns = [
    ...ir.nodes.flatMap((node) =>
      node.kind === "target" || node.kind === "archive"
        ? []
        : (columnsAfter(ir, node.id, { sources: [], destinations: [], columns: found }) ?? []),
    ),
    ...document.files.flatMap((file) => (file.readable ? file.columns : [])),
  ].map((column) => column.name);
  const tables = ir.nodes.flatMap((node) => {
    if (node.kind === "target") return [node.schema];
    return node.kind === "source" && "stream" in node.config ? [node.config.stream] : [];
  });
  return {
    columns: [...new Set(columns)],
    nodes: ir.nodes.map(({ id }) => id),
    tables: [...new Set(tables)],
    read: [...new Set(ir.nodes.flatMap((node) => (node.kind === "source" ? (node.sourceRef ?? []) : [])))],
    sources: document.sources.map(({ ref }) => ref),
    destinations: document.destinations.map(({ name }) => name),
  };
}

/** Every name, and each of its words, in small letters. */
export function wordsOf(names: Names): Set<string> {
  const all = Object.values(names).flat() as string[];
  return new Set(all.flatMap((name) => [name.toLowerCase(), ...name.toLowerCase().split(/\W+/)]));
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** "emails", "statuses", "countries": what more than one of a name in small letters is called. */
export const pluralsOf = (name: string) => [
  `${name}s`,
  `${name}es`,
  ...(name.endsWith("y") ? [`${name.slice(0, -1)}ies`] : []),
];

/** The one column that a word means: itself, in other letters, or its plural. */
export function columnMeant(names: Names, word: string): string | undefined {
  const exact = names.columns.find((name) => name === word);
  if (exact) return exact;
  const found = names.columns.filter((name) => plain(name) === plain(word));
  const plural = names.columns.filter((name) => pluralsOf(plain(name)).includes(plain(word)));
  const all = found.length > 0 ? found : plural;
  return all.length === 1 ? all[0] : undefined;
}
