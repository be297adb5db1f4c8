import { sqlIdentifier } from "#lib/ir/index.ts";
import type { Cells } from "../../connector.ts";
import type { TableColumn } from "../describe.ts";
import type { Session } from "../session.ts";

type Turn = (text: string) => string;

/** What the log's text of a type becomes here; types that are not listed are the same text in both. */
const TURNED: Record<string, Turn> = {
  bool: (text) => (text === "t" ? "true" : "false"),
  bpchar: (text) => text.replace(/ +$/, ""),
};
/** A single bit is read as true or false. */
const BIT: Turn = (text) => (text === "1" ? "true" : "false");
/** Types that only the server turns into what is read: it is asked, with the expression that reads a column. */
const ASKED = new Set(["json", "money", "xml", "hstore"]);

/** Turns the values of a log, as their types write themselves, into what `OpenedTable.csv` would hold. */
export class CellTexts {
  private readonly turns: (Turn | undefined)[];
  private readonly asked: { at: number; column: TableColumn }[];

  constructor(columns: readonly TableColumn[]) {
    this.asked = columns.flatMap((column, at) => (needsServer(column) ? [{ at, column }] : []));
    this.turns = columns.map(({ source, type }) => {
      if (source.name === "bit" && type.name === "boolean") return BIT;
      return source.array ? undefined : TURNED[source.name];
    });
  }

  /** What can be said of a value at once. */
  turn(at: number, text: string): string {
    const turn = this.turns[at];
    return turn ? turn(text) : text;
  }

  /** Puts the values that the server has to be asked about in their places. */
  async ask(session: Session, rows: readonly Cells[]): Promise<void> {
    for (const { at, column } of this.asked) {
      const places = rows.filter((row) => typeof row[at] === "string") as (string | null | undefined)[][];
      if (places.length === 0) continue;
      const read = column.expression.replaceAll(sqlIdentifier(column.name), "y.v");
      const { rows: answers } = await session.client.query<{ text: string | null }>(
        `select (${read})::text as text from unnest($1::text[]) with ordinality as x(s, at)
         cross join lateral (select x.s::${column.written} as v) y order by x.at`,
        [places.map((row) => row[at])],
      );
      for (const [index, row] of places.entries()) row[at] = answers[index]?.text ?? null;
    }
  }

  /** True if {@link ask} has something to do. */
  get asks(): boolean {
    return this.asked.length > 0;
  }
}

/** True if only the server can turn a value of the log into what is read. */
export function needsServer({ source }: TableColumn): boolean {
  if (source.array || source.kind === "c" || ASKED.has(source.name)) return true;
  return !source.system && source.kind === "b" && source.name !== "citext";
}
