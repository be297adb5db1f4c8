import { json, type RequestOptions, request, send } from "./request.ts";

/** Where Penstock is, and as whom. In a page of ours neither is needed: same origin, the session's cookie. */
export type ConnectionOptions = {
  /** Such as `https://penstock.example`; without it the page's own origin. */
  baseUrl?: string;
  /** An API key of Settings → API keys. */
  key?: string;
};

type SendOptions = Parameters<typeof send>[2];

/** The requests that the parts of the client are made of. */
export type Connection = {
  call: {
    get: <Out>(path: string, options?: RequestOptions) => Promise<Out>;
    post: <Out>(path: string, body: unknown, options?: RequestOptions) => Promise<Out>;
    delete: <Out>(path: string, options?: RequestOptions) => Promise<Out>;
    send: (method: string, path: string, options: SendOptions) => Promise<Response>;
  };
};

/** Binds requests to an address and a key. */
export function connect({ baseUrl = "", key }: ConnectionOptions): Connection {
  const root = baseUrl.replace(/\/+$/, "");
  const withKey = <O extends RequestOptions>(options: O): O => ({
    ...options,
    headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...options.headers },
  });
  return {
    call: {
      get: (path, options = {}) => json(request("GET", root + path, undefined, withKey(options))),
      post: (path, body, options = {}) => json(request("POST", root + path, body, withKey(options))),
      delete: (path, options = {}) => json(request("DELETE", root + path, undefined, withKey(options))),
      send: (method, path, options) => send(method, root + path, withKey(options)),
    },
  };
}
