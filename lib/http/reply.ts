/** Plain data with a status or headers of its own. */
export class Reply {
  readonly data: unknown;
  readonly status: number | undefined;
  readonly headers: Record<string, string>;

  constructor(data: unknown, init: { status?: number; headers?: Record<string, string> }) {
    this.data = data;
    this.status = init.status;
    this.headers = init.headers ?? {};
  }
}

/** What a handler returns when the answer needs another status, or headers. */
export function reply(
  data: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Reply {
  return new Reply(data, init);
}

/** JSON text of plain data: dates as ISO 8601, big integers as numbers while exact, else as text. */
export function toJson(data: unknown): string {
  return JSON.stringify(data, (_key, value) => {
    if (typeof value !== "bigint") return value;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  });
}

/** Turns what a handler returned into an answer: a Response as it is, undefined into 204, the rest into JSON. */
export function toResponse(result: unknown, status: number | undefined, requestId: string): Response {
  if (result instanceof Response) return withRequestId(result, requestId);
  const given = result instanceof Reply ? result : new Reply(result, {});
  const headers = { "cache-control": "no-store", ...given.headers, "x-request-id": requestId };
  if (given.data === undefined) return new Response(null, { status: given.status ?? 204, headers });
  return new Response(toJson(given.data), {
    status: given.status ?? status ?? 200,
    headers: { "content-type": "application/json", ...headers },
  });
}

function withRequestId(response: Response, requestId: string): Response {
  try {
    response.headers.set("x-request-id", requestId);
    return response;
  } catch {
    // Some answers, such as a redirect, have headers that cannot be changed.
    const copy = new Response(response.body, response);
    copy.headers.set("x-request-id", requestId);
    return copy;
  }
}
