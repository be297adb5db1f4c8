import type { Names } from "./names.ts";

const MENTION = /(?<![\w@.])@(["'`]?)([A-Za-z_][\w-]*(?:\.[A-Za-z_]\w*)*)\1/g;

/**
 * Takes the @ off what is pointed at: `@email` is the column email, `@src` the node, `@src.email` the column of that
 * node. What follows an @ and is no name stays as it is: "ends with @example.org".
 * @returns the text, and the nodes that were pointed at by themselves or by one of their columns.
 */
export function withoutMentions(text: string, names: Names): { text: string; nodes: string[] } {
  const nodes: string[] = [];
  const is = (list: readonly string[], word: string) =>
    list.find((name) => name.toLowerCase() === word.toLowerCase());
  const owners = new Set(
    [...text.matchAll(MENTION)].flatMap(([, , name = ""]) =>
      name.includes(".") ? (is(names.nodes, name.split(".")[0] ?? "") ?? []) : [],
    ),
  );
  const plain = text.replace(MENTION, (written, _quote: string, name: string) => {
    const node = is(names.nodes, name);
    if (node) nodes.push(node);
    if (node || is([...names.columns, ...names.tables, ...names.sources, ...names.destinations], name))
      return name;
    const [first = "", ...rest] = name.split(".");
    const owner = is(names.nodes, first);
    if (!owner || rest.length !== 1) return written;
    const column = is(names.columns, rest[0] ?? "") ?? rest[0] ?? "";
    if (owners.size > 1) return `${column} in ${owner}`;
    nodes.push(owner);
    return column;
  });
  return { text: plain, nodes };
}
