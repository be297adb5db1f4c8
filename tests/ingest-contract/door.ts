/** A way to reach `/v1/ingest/events`, and what its caller is. */
export type Door = {
  /** Sends a request to a path of the site, such as `/v1/ingest/events?results=failed`. */
  send: (path: string, init: RequestInit) => Promise<Response>;
  tenant: string;
  /** A key of the tenant that may write events and is bound to no agent. */
  key: string;
  /** A key bound to this agent. */
  boundKey: { key: string; agentId: string };
};

/** What declares and judges tests: vitest's, or the browser runner's. */
export type Runner = {
  test: (title: string, run: () => Promise<void>) => unknown;
  expect: typeof import("vitest").expect;
};

/** The door of a running server. */
export function httpDoor({ baseUrl, ...who }: Omit<Door, "send"> & { baseUrl: string }): Door {
  return { ...who, send: (path, init) => fetch(new URL(path, baseUrl), init) };
}
