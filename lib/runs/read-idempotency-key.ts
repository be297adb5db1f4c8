import { AppError } from "#lib/errors.ts";

/** The header `Idempotency-Key`, if it was sent. @throws AppError `bad_request` if it is not 1 to 255 visible characters. */
export function readIdempotencyKey(headers: Headers): string | undefined {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new AppError("bad_request", "The header Idempotency-Key must be 1 to 255 visible characters");
}
