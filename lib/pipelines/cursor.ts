import { z } from "zod";
import { AppError } from "#lib/errors.ts";

/** A place in a list that is ordered by a time and, within it, by an id. */
export type Place = { at: Date; id: string };

const Stored = z.tuple([z.iso.datetime(), z.string().min(1).max(128)]);

/** The place as it travels: opaque to the caller. It holds no secret and opens nothing beyond the caller's tenant. */
export function encodeCursor({ at, id }: Place): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString("base64url");
}

/** Reads {@link encodeCursor} back. @throws AppError `bad_request` if it is not one of ours. */
export function decodeCursor(cursor: string): Place {
  try {
    const [at, id] = Stored.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    return { at: new Date(at), id };
  } catch {
    throw new AppError("bad_request", "The cursor is not one that this list gave out", {
      issues: [
        { code: "invalid_cursor", path: "/cursor", message: "send pagination.cursor of the page before" },
      ],
    });
  }
}

/** Cuts a page from rows of which one more than `limit` was asked for. */
export function cutPage<Row>(rows: readonly Row[], limit: number, total: number, place: (row: Row) => Place) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit;
  const cursor = hasMore && last !== undefined ? encodeCursor(place(last)) : null;
  return { page, pagination: { total, hasMore, limit, cursor } };
}
