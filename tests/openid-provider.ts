import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";

/** A strict OpenID Connect provider on loopback that signs in whoever `person` says. */
export type OpenidProvider = {
  issuer: string;
  /** The same server by its bare address. */
  bareAddress: string;
  /** The claims of whoever signs in next. */
  person: Record<string, unknown>;
  /** Fields that the discovery document says otherwise. */
  discovery: Record<string, unknown>;
  /** Claims that the id token says otherwise. */
  claims: Record<string, unknown>;
  /** The paths asked for, in order, and what each was refused for. */
  seen: string[];
  refusals: string[];
  stop: () => Promise<void>;
};

/** The one client that is registered. */
export type RegisteredClient = { id: string; secret: string; redirectUri: string };

type Grant = { challenge: string; nonce: string };

/**
 * Starts the provider. It insists on PKCE (S256), state, nonce, the registered redirect address, the client's secret
 * and codes used once; its id tokens are signed with RS256 under a key in its JWKS.
 */
export async function startOpenidProvider(client: RegisteredClient): Promise<OpenidProvider> {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const grants = new Map<string, Grant>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      provider.refusals.push(error.message);
      send(response, 400, { error: "invalid_request", error_description: error.message });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { address, port } = server.address() as AddressInfo;
  const issuer = `http://localhost:${port}`;
  const provider: OpenidProvider = {
    issuer,
    bareAddress: `http://${isIPv6(address) ? `[${address}]` : address}:${port}`,
    person: {},
    discovery: {},
    claims: {},
    seen: [],
    refusals: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", issuer);
    provider.seen.push(url.pathname);
    if (url.pathname === "/.well-known/openid-configuration") return send(response, 200, describeProvider());
    if (url.pathname === "/jwks") {
      const key = { ...keys.publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" };
      return send(response, 200, { keys: [key] });
    }
    if (url.pathname === "/authorize") {
      response.writeHead(302, { location: authorize(url.searchParams) }).end();
      return;
    }
    if (url.pathname === "/token" && request.method === "POST")
      return send(response, 200, exchange(request, new URLSearchParams(await bodyOf(request))));
    send(response, 404, { error: "not_found" });
  }

  function describeProvider() {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      ...provider.discovery,
    };
  }

  function authorize(query: URLSearchParams): string {
    insist(query.get("client_id") === client.id, "client_id");
    insist(query.get("redirect_uri") === client.redirectUri, "redirect_uri");
    insist(query.get("response_type") === "code", "response_type");
    insist(query.get("scope")?.split(" ").includes("openid"), "scope");
    insist(query.get("code_challenge_method") === "S256", "code_challenge_method");
    const [challenge, nonce, state] = ["code_challenge", "nonce", "state"].map((name) => query.get(name));
    insist(challenge && nonce && state, "code_challenge, nonce and state");
    const code = randomBytes(16).toString("hex");
    grants.set(code, { challenge, nonce });
    return `${client.redirectUri}?${new URLSearchParams({ code, state })}`;
  }

  function exchange(request: IncomingMessage, body: URLSearchParams) {
    const basic = Buffer.from(`${client.id}:${client.secret}`).toString("base64");
    insist(request.headers.authorization === `Basic ${basic}`, "client authentication");
    insist(body.get("grant_type") === "authorization_code", "grant_type");
    insist(body.get("redirect_uri") === client.redirectUri, "redirect_uri");
    const code = body.get("code") ?? "";
    const grant = grants.get(code);
    insist(grant, "code");
    grants.delete(code);
    const verifier = createHash("sha256").update(body.get("code_verifier") ?? "");
    insist(verifier.digest("base64url") === grant.challenge, "code_verifier");
    const now = Math.floor(Date.now() / 1000);
    const idToken = jwt({
      iss: issuer,
      aud: client.id,
      iat: now,
      exp: now + 60,
      nonce: grant.nonce,
      ...provider.person,
      ...provider.claims,
    });
    return { access_token: randomBytes(16).toString("hex"), token_type: "Bearer", id_token: idToken };
  }

  function jwt(claims: Record<string, unknown>): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "RS256", kid: "1", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), keys.privateKey).toString("base64url")}`;
  }

  return provider;
}

function insist(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`${what} is missing or not the expected one`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
