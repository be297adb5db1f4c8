import { PassThrough, type Readable } from "node:stream";
import { DataError } from "#lib/connectors/index.ts";
import type { LogicalPlan } from "#lib/ir/schema.ts";
import type { Chain } from "./chain.ts";
import type { Execution } from "./execution.ts";
import { eventOrClose } from "./fifo.ts";

const [LF, CR, QUOTE, COMMA] = [10, 13, 34, 44];

/**
 * True if a plan only checks rows, so that a file's own bytes are what PostgreSQL should get: it then reads them while
 * the engine checks them, and commits only if every row holds.
 */
export function mayPassThrough({ steps }: LogicalPlan): boolean {
  const source = steps.find((step) => step.kind === "source");
  if (source?.kind !== "source" || source.family !== "file") return false;
  const {
    type,
    delimiter = type === "tsv" ? "\t" : ",",
    quote = '"',
    nullValues = [],
  } = source.config.format ?? {};
  const named = (source.config.pattern?.value ?? source.config.path ?? "").toLowerCase();
  if (type === undefined && /\.tsv(\.|$)/.test(named)) return false;
  return (
    delimiter === "," &&
    quote === '"' &&
    nullValues.length === 0 &&
    steps.every(({ kind }) => kind === "source" || kind === "validate" || kind === "target")
  );
}

/** True if PostgreSQL reads these columns as we do: a lone `\.` on a line, possible with one column, ends its data. */
export function readsAlike({ columns }: Chain): boolean {
  return columns.length > 1 && columns.every(({ type }) => type.name !== "binary");
}

/** The chain's file as it is, while the engine checks every row of it; `done` fails if one does not hold. */
export async function passThrough(
  execution: Execution,
  chain: Chain,
): Promise<{ stream: Readable; done: Promise<number> }> {
  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  const quotes = new QuoteCheck();
  execution.queries.tee(chain, async (chunk) => {
    quotes.take(chunk);
    if (!stream.write(chunk)) await eventOrClose(stream, "drain");
  });
  const done = execution.survey(chain).then((rows) => {
    quotes.end();
    stream.end();
    return rows;
  });
  done.catch((error: Error) => stream.destroy(error));
  return { stream, done };
}

/** Notices quotes that RFC 4180 does not allow: two readers could take them for different things. */
export class QuoteCheck {
  private inside = false;
  private pending = false;
  private last = LF;

  /** @throws DataError `odd_quotes` */
  take(chunk: Buffer): void {
    let from = 0;
    if (this.pending) {
      this.pending = false;
      if (chunk[0] === QUOTE) from = 1;
      else this.close(chunk[0]);
    }
    for (let at = chunk.indexOf(QUOTE, from); at >= 0; at = chunk.indexOf(QUOTE, at + 1)) {
      if (!this.inside) {
        const before = at === 0 ? this.last : chunk[at - 1];
        if (before !== COMMA && before !== LF && before !== CR) throw odd();
        this.inside = true;
      } else if (at + 1 === chunk.length) this.pending = true;
      else if (chunk[at + 1] === QUOTE) at++;
      else this.close(chunk[at + 1]);
    }
    this.last = chunk[chunk.length - 1] ?? this.last;
  }

  /** @throws DataError `odd_quotes` */
  end(): void {
    if (this.inside && !this.pending) throw odd();
  }

  private close(next: number | undefined): void {
    if (next !== COMMA && next !== LF && next !== CR) throw odd();
    this.inside = false;
  }
}

const odd = () => new DataError("odd_quotes", "A quote stands where RFC 4180 has none");
