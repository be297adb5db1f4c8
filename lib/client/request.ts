import { ApiError, type Problem } from "./api-error.ts";

/** Query parameters; empty ones are left out, lists are repeated. */
export type QueryParams = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** How a request may be shaped, beside its path. */
export type RequestOptions = {
  query?: QueryParams;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/** The path with its query. Keys with nothing to say are left out. */
export function withQuery(path: string, query: QueryParams = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(key, String(one));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * Sends one request to our own API, with the session's cookie.
 * @throws {ApiError} on any answer but 2xx, on no answer (`network`), on one that is not JSON (`unreadable`).
 */
export async function request(
  method: string,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<Response> {
  const json = body === undefined ? undefined : { "content-type": "application/json" };
  return send(method, path, {
    ...options,
    headers: { ...json, ...options.headers },
    ...(json ? { body: JSON.stringify(body) } : {}),
  });
}

/**
 * Sends a body as it is, a stream of it too.
 * @throws {ApiError} on any answer but 2xx and on no answer (`network`).
 */
export async function send(
  method: string,
  path: string,
  { query, headers, signal, body }: RequestOptions & { body?: string | ReadableStream<Uint8Array> },
): Promise<Response> {
  const init: RequestInit & { duplex?: "half" } = {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", ...headers },
    ...(body === undefined ? {} : { body }),
    // What is still being written is sent before there is an answer; fetch wants to be told.
    ...(typeof body === "object" ? { duplex: "half" } : {}),
    ...(signal ? { signal } : {}),
  };
  const response = await fetch(withQuery(path, query), init).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, {
      code: "network",
      detail: "The server did not answer. Check that it is running and try again.",
    });
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const problem: Problem = await response.json().catch(() => ({
    code: "unreadable",
    detail: `The server answered ${response.status} and no explanation.`,
  }));
  const requestId = problem.requestId ?? response.headers.get("x-request-id") ?? undefined;
  return new ApiError(
    response.status,
    { ...problem, ...(requestId ? { requestId } : {}) },
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}

/**
 * The JSON of an answer; undefined for 204.
 * @throws {ApiError} `unreadable`
 */
export async function json<Out>(answer: Promise<Response>): Promise<Out> {
  const response = await answer;
  if (response.status === 204) return undefined as Out;
  return response.json().catch(() => {
    throw new ApiError(response.status, {
      code: "unreadable",
      detail: "The server's answer was not readable. Reload the page.",
      requestId: response.headers.get("x-request-id") ?? undefined,
    });
  });
}

/** The verbs of our API. `Out` is the type of the route's answer, imported from its room's `schema.ts`. */
export const api = {
  get: <Out>(path: string, options?: RequestOptions) => json<Out>(request("GET", path, undefined, options)),
  post: <Out>(path: string, body?: unknown, options?: RequestOptions) =>
    json<Out>(request("POST", path, body ?? {}, options)),
  put: <Out>(path: string, body: unknown, options?: RequestOptions) =>
    json<Out>(request("PUT", path, body, options)),
  patch: <Out>(path: string, body: unknown, options?: RequestOptions) =>
    json<Out>(request("PATCH", path, body, options)),
  delete: <Out = void>(path: string, options?: RequestOptions) =>
    json<Out>(request("DELETE", path, undefined, options)),
};
