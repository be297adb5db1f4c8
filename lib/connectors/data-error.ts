import type { SchemaDrift } from "#lib/ir/schema.ts";

/** Where in the data something went wrong. `row` is 1-based and counts rows, not lines. `drift`: columns that came otherwise. */
export type DataErrorPlace = {
  nodeId?: string;
  rule?: string;
  row?: number;
  hint?: string;
  drift?: SchemaDrift;
};

/**
 * Something wrong with what was read or written: a stable code, a sentence for people, and where.
 * `retryable` is false where another attempt would find the same.
 */
export class DataError extends Error {
  readonly code: string;
  readonly place: DataErrorPlace;
  readonly retryable: boolean;

  constructor(
    code: string,
    message: string,
    place: DataErrorPlace & { retryable?: boolean; cause?: unknown } = {},
  ) {
    const { retryable = false, cause, ...where } = place;
    super(message, cause === undefined ? undefined : { cause });
    this.name = "DataError";
    this.code = code;
    this.place = where;
    this.retryable = retryable;
  }

  /** The same error, with the node (and the hint) filled in where they were unknown. */
  at(place: DataErrorPlace): DataError {
    return new DataError(this.code, this.message, {
      ...place,
      ...this.place,
      retryable: this.retryable,
      cause: this.cause,
    });
  }
}

/** True for a {@link DataError}, also of the other copy of this module that Next's bundle holds. */
export function isDataError(error: unknown): error is DataError {
  return error instanceof Error && error.name === "DataError";
}
