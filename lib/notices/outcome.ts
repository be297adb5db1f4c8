/** A message on its way: its id is the same at every attempt. */
export type Sent = { id: string; topic: string; body: unknown };

/**
 * What became of an attempt. `but`: taken, though not by everybody; `field`: what to mend; `status`: what an HTTP server
 * answered; `gone`: the receiver wants no
 * more; `retryAfterMs`: it asks to wait so long.
 */
export type Outcome =
  | { taken: string; but?: string; error?: undefined }
  | { error: string; field?: string; status?: number; gone?: boolean; retryAfterMs?: number };
