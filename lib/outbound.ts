import { lookup } from "node:dns/promises";
import http from "node:http";
import https from "node:https";
import net, { isIP } from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import ipaddr from "ipaddr.js";
import { Agent, fetch as undiciFetch } from "undici";
import { env } from "./env.ts";
import { limits } from "./limits.ts";

/** Why an outbound connection was refused or failed before a byte was sent. */
export class OutboundError extends Error {
  readonly code:
    | "unresolved"
    | "forbidden_address"
    | "forbidden_scheme"
    | "own_database"
    | "too_many_redirects";
  constructor(code: OutboundError["code"], message: string) {
    super(message);
    this.name = "OutboundError";
    this.code = code;
  }
}

const ALWAYS_REFUSED = new Set(["linkLocal", "multicast", "broadcast", "unspecified", "reserved"]);
const PRIVATE = new Set(["private", "loopback", "uniqueLocal", "carrierGradeNat"]);
const METADATA = new Set(["169.254.169.254", "fd00:ec2::254", "100.100.100.200"]);
const REDIRECTS = 5;

/** A name resolved once: connect to `address`, keep `host` for TLS and headers. */
export type Reachable = { host: string; address: string; family: 4 | 6; port: number };

/**
 * Resolves a host once and decides whether it may be reached. Link-local and metadata addresses and the product's own
 * database are always refused; private and loopback ones unless embedded, or listed by the operator.
 * @param target `database` is compared with our own database's name on the same server.
 * @throws OutboundError
 */
export async function reach(target: { host: string; port: number; database?: string }): Promise<Reachable> {
  const host = unbracketed(target.host);
  let answer: { address: string; family: number };
  try {
    answer = isIP(host) ? { address: host, family: isIP(host) } : await lookup(host);
  } catch {
    throw new OutboundError("unresolved", `The host name ${host} does not resolve. Check the spelling.`);
  }
  checkAddress(host, answer.address);
  await checkOwnDatabase(answer.address, target);
  return { host, address: answer.address, family: answer.family === 6 ? 6 : 4, port: target.port };
}

/**
 * What {@link reach} would say of an address that is given as such, known without connecting. Names pass: what they
 * resolve to is decided on each time they are connected to.
 * @throws OutboundError
 */
export async function refuseLiteral(target: { host: string; port: number }): Promise<void> {
  if (isIP(unbracketed(target.host))) await reach(target);
}

const unbracketed = (host: string) => host.replace(/^\[|\]$/g, "");

function checkAddress(host: string, address: string): void {
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (ALWAYS_REFUSED.has(range) || METADATA.has(parsed.toString())) {
    throw new OutboundError(
      "forbidden_address",
      `${host} is an address that Penstock never connects to (${range}).`,
    );
  }
  if (!PRIVATE.has(range) || env().embedded || isListed(host, parsed)) return;
  throw new OutboundError(
    "forbidden_address",
    `${host} is a private address. The operator can allow it with PENSTOCK_OUTBOUND_ALLOW.`,
  );
}

function isListed(host: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return env().PENSTOCK_OUTBOUND_ALLOW.some((entry) => {
    if (entry.toLowerCase() === host.toLowerCase()) return true;
    if (!ipaddr.isValidCIDR(entry))
      return ipaddr.isValid(entry) && ipaddr.process(entry).toString() === address.toString();
    const [network, bits] = ipaddr.parseCIDR(entry);
    return network.kind() === address.kind() && address.match(network, bits);
  });
}

async function checkOwnDatabase(address: string, target: { port: number; database?: string }): Promise<void> {
  const { DATABASE_URL } = env();
  if (!DATABASE_URL) return;
  const own = new URL(DATABASE_URL);
  if (Number(own.port || 5432) !== target.port) return;
  if (target.database !== undefined && target.database !== decodeURIComponent(own.pathname.slice(1))) return;
  const addresses = await lookup(unbracketed(own.hostname), { all: true }).catch(() => []);
  if (
    addresses.some((entry) => ipaddr.process(entry.address).toString() === ipaddr.process(address).toString())
  ) {
    throw new OutboundError("own_database", "This is Penstock's own database. Choose another one.");
  }
}

/**
 * `fetch` for every HTTP call that leaves the product: the name is resolved once and that address is connected to;
 * each redirect is checked again, and credentials are not carried to another origin.
 * @throws OutboundError, or what undici's fetch throws.
 */
export const outboundFetch: typeof fetch = async (input, init) => {
  let request = new Request(input as RequestInfo, init as RequestInit);
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const response = await fetchOnce(request);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || !location) return response;
    if (request.method !== "GET" && request.method !== "HEAD") return response;
    const next = new URL(location, request.url);
    const headers = new Headers(request.headers);
    if (next.origin !== new URL(request.url).origin)
      for (const name of ["authorization", "cookie", "x-api-key"]) headers.delete(name);
    await response.body?.cancel();
    request = new Request(next, { method: request.method, headers, signal: request.signal });
  }
  throw new OutboundError(
    "too_many_redirects",
    `${new URL(request.url).host} redirected more than ${REDIRECTS} times.`,
  );
};

async function fetchOnce(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new OutboundError("forbidden_scheme", `${url.protocol} addresses are not supported here.`);
  }
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const target = await reach({ host: url.hostname, port });
  const dispatcher = new Agent({
    connect: {
      timeout: limits.connectMs,
      lookup: (_host, options, done) =>
        options.all
          ? done(null, [{ address: target.address, family: target.family }])
          : done(null, target.address, target.family),
    },
    pipelining: 0,
    keepAliveTimeout: 1,
  });
  const response = await undiciFetch(url, {
    method: request.method,
    headers: [...request.headers],
    body: request.body as never,
    duplex: request.body ? "half" : undefined,
    redirect: "manual",
    signal: request.signal,
    dispatcher,
  } as never);
  return response as unknown as Response;
}

type Connected = (error: Error | null, socket: Duplex) => void;

class HttpAgent extends http.Agent {
  override createConnection(options: http.ClientRequestArgs, done?: Connected): undefined {
    open(options, done, (address) => net.connect({ ...options, host: address } as net.NetConnectOpts));
  }
}

class HttpsAgent extends https.Agent {
  override createConnection(options: https.RequestOptions, done?: Connected): undefined {
    const name = options.servername || String(options.host);
    const servername = isIP(name) ? "" : name;
    open(options, done, (address) =>
      tls.connect({ ...options, host: address, servername } as tls.ConnectionOptions),
    );
  }
}

function open(
  { host, port, defaultPort }: http.ClientRequestArgs,
  done: Connected | undefined,
  connect: (address: string) => net.Socket,
): void {
  reach({ host: String(host ?? "localhost"), port: Number(port ?? defaultPort) }).then(
    ({ address }) => {
      const socket = connect(address);
      const silent = () =>
        socket.destroy(Object.assign(new Error("No answer in time"), { code: "ETIMEDOUT" }));
      socket.setTimeout(limits.connectMs, silent);
      socket.once("connect", () => socket.setTimeout(0).off("timeout", silent));
      done?.(null, socket);
    },
    (error: Error) => done?.(error, undefined as unknown as Duplex),
  );
}

/**
 * Agents for libraries that speak HTTP through Node: each connection goes to an address that {@link reach} allowed.
 * Whoever makes them destroys them.
 */
export function outboundAgents(): { http: http.Agent; https: https.Agent } {
  return { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
}
