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

/** What is asked again and again of the same names. */
type Index = {
  words: ReadonlySet<string>;
  columns: ReadonlySet<string>;
  plain: ReadonlyMap<string, string[]>;
  plural: ReadonlyMap<string, string[]>;
};
const indexes = new WeakMap<Names, Index>();

function indexOf(names: Names): Index {
  const known = indexes.get(names);
  if (known) return known;
  const all = Object.values(names).flat() as string[];
  const words = new Set(all.flatMap((name) => [name.toLowerCase(), ...name.toLowerCase().split(/\W+/)]));
  const byPlain = new Map<string, string[]>();
  const byPlural = new Map<string, string[]>();
  const put = (map: Map<string, string[]>, key: string, name: string) =>
    map.set(key, [...(map.get(key) ?? []), name]);
  for (const name of names.columns) {
    put(byPlain, plain(name), name);
    for (const plural of new Set(pluralsOf(plain(name)))) put(byPlural, plural, name);
  }
  const index = { words, columns: new Set(names.columns), plain: byPlain, plural: byPlural };
  indexes.set(names, index);
  return index;
}

/** Every name, and each of its words, in small letters. */
export function wordsOf(names: Names): ReadonlySet<string> {
  return indexOf(names).words;
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
  const index = indexOf(names);
  if (index.columns.has(word)) return word;
  const all = index.plain.get(plain(word)) ?? index.plural.get(plain(word));
  return all?.length === 1 ? all[0] : undefined;
}
