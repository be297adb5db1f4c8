import { AppError } from "#lib/errors.ts";

/**
 * The LSN after which a reader of the stream goes on, from `Last-Event-ID` (WHATWG HTML, server-sent events).
 * @throws AppError `bad_request` if it is no LSN
 */
export function resumeAt(headers: Headers): number | undefined {
  const given = headers.get("last-event-id");
  if (!given) return undefined;
  const lsn = Number(given);
  if (/^\d{1,16}$/.test(given) && Number.isSafeInteger(lsn)) return lsn;
  const message = "Last-Event-ID is the LSN of the last event that arrived";
  throw new AppError("bad_request", message, {
    issues: [{ code: "invalid_lsn", path: "/headers/Last-Event-ID", message }],
  });
}
