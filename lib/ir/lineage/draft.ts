import type { PlanInput } from "../plan.ts";
import type { LineageLink, LineageNode, LineageWay } from "./shapes.ts";
import { followedBy } from "./ways.ts";

export const AS_IT_IS: LineageWay = { kind: "IDENTITY", masking: false };

/** A column of an input, or with null its rows as a whole. */
export const linkTo = (
  { nodeId, output }: Pick<PlanInput, "nodeId" | "output">,
  column: string | null,
  way: LineageWay = AS_IT_IS,
): LineageLink => ({ node: nodeId, ...(output !== undefined && { output }), column, ...way });

/** Columns of a node while it is worked out: what each is made of, in terms of the nodes that it reads. */
export class Draft {
  columns = new Map<string, { links: LineageLink[]; notes: string[] }>();
  /** Where columns that are not known by name come from. */
  rest: { from: PlanInput[]; sources: string[]; except: Set<string>; named: boolean } | undefined;
  /** What decides about rows here. */
  rows: LineageLink[] = [];

  /** Begins with everything that an input gives. */
  static of(input: PlanInput, known: LineageNode): Draft {
    const draft = new Draft();
    for (const { name } of known.columns)
      draft.columns.set(name, { links: [linkTo(input, name)], notes: [] });
    if (known.rest) draft.rest = { ...known.rest, from: [input], except: new Set(known.rest.except) };
    return draft;
  }

  /** What a column is made of at this moment. */
  read(name: string, way: LineageWay = AS_IT_IS): LineageLink[] {
    const known = this.columns.get(name)?.links;
    if (known) return known.map((link) => ({ ...link, ...followedBy(link, way) }));
    if (!this.rest || this.rest.except.has(name)) return [];
    return this.rest.from.map((input) => linkTo(input, this.rest?.named ? name : null, way));
  }

  /** What several columns are made of, each in one way. */
  readAll(names: readonly string[], way: LineageWay): LineageLink[] {
    return names.flatMap((name) => this.read(name, way));
  }

  /** Sets a column. One that is made of itself keeps what was noted before. */
  set(name: string, links: LineageLink[], note: string | undefined, keep = false): void {
    const notes = keep ? (this.columns.get(name)?.notes ?? []) : [];
    this.columns.set(name, { links, notes: note === undefined ? notes : [...notes, note] });
    this.rest?.except.add(name);
  }

  remove(name: string): void {
    this.columns.delete(name);
    this.rest?.except.add(name);
  }

  /** Gives a column another name, in its place. */
  rename(from: string, to: string): void {
    const old = this.columns.get(from) ?? { links: this.read(from), notes: [] };
    const renamed = { links: old.links, notes: [...old.notes, `renamed from ${from}`] };
    const known = this.columns.has(from);
    const entries = [...this.columns].map(([name, column]) =>
      name === from ? ([to, renamed] as const) : ([name, column] as const),
    );
    this.columns = new Map(known ? entries : [...entries, [to, renamed]]);
    this.rest?.except.add(from).add(to);
  }
}
