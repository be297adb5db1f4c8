import { randomBytes, verify as verifySignature } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { onlyKnown, refuse } from "./refusal.ts";

/** What the account has. Names are as Snowflake keeps them: in capitals. */
export type SnowflakeAccount = {
  account: string;
  user: string;
  password: string;
  /** PEM; the other way to sign in. */
  publicKey?: string;
  roles: string[];
  /** Names, and whether each can run. */
  warehouses: Record<string, "running" | "suspended">;
  database: string;
  schemas: string[];
  /** Roles that see every table and may read none. */
  blindRoles?: string[];
};

/** What a session has set. */
export type Session = { role: string; warehouse?: string; database?: string; schema?: string };

const LOGIN_FIELDS = new Set([
  ...[
    "ACCOUNT_NAME",
    "LOGIN_NAME",
    "PASSWORD",
    "AUTHENTICATOR",
    "TOKEN",
    "CLIENT_APP_ID",
    "CLIENT_APP_VERSION",
  ],
  ...["CLIENT_ENVIRONMENT", "SESSION_PARAMETERS"],
]);

/** Who is signed in: sessions by their token, and by the master token that renews them. */
export class Sessions {
  /** What the last client to sign in told of itself. */
  client: Record<string, unknown> = {};
  readonly #account: SnowflakeAccount;
  readonly #sessions = new Map<string, Session>();
  readonly #masters = new Map<string, Session>();
  readonly #expired = new Set<string>();

  constructor(account: SnowflakeAccount) {
    this.#account = account;
  }

  expire(masters = false): void {
    for (const token of this.#sessions.keys()) this.#expired.add(token);
    if (masters) this.#masters.clear();
  }

  end(request: IncomingMessage): void {
    this.of(request);
    this.#sessions.delete(tokenOf(request));
  }

  of(request: IncomingMessage): Session {
    const token = tokenOf(request);
    if (this.#expired.has(token)) refuse("390112", "Your session has expired. Please login again.");
    return this.#sessions.get(token) ?? refuse("390104", "Session token is not valid.");
  }

  login(url: URL, body: Record<string, unknown>): unknown {
    const data = (body.data ?? {}) as Record<string, unknown>;
    onlyKnown(data, LOGIN_FIELDS);
    this.client = (data.CLIENT_ENVIRONMENT ?? {}) as Record<string, unknown>;
    const { account, user, password, publicKey, roles } = this.#account;
    if (String(data.ACCOUNT_NAME).toUpperCase() !== account.toUpperCase()) {
      refuse("390201", "The account is not known.");
    }
    const known = String(data.LOGIN_NAME).toUpperCase() === user;
    if (data.AUTHENTICATOR === "SNOWFLAKE_JWT") {
      if (!known || !publicKey || !signed(String(data.TOKEN), publicKey))
        refuse("390144", "JWT token is invalid.");
    } else if (!known || data.PASSWORD !== password) {
      refuse("390100", "Incorrect username or password was specified.");
    }
    const role = url.searchParams.get("roleName") ?? "PUBLIC";
    if (!roles.includes(role)) {
      refuse(
        "390189",
        `Role '${role}' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.`,
      );
    }
    const session: Session = { role };
    const master = randomBytes(16).toString("hex");
    this.#masters.set(master, session);
    return {
      ...{ token: this.#token(session), masterToken: master, validityInSeconds: 3600 },
      ...{ masterValidityInSeconds: 14_400, sessionId: 1, displayUserName: user, serverVersion: "0.0 test" },
      parameters: [{ name: "CLIENT_SESSION_KEEP_ALIVE", value: false }],
      sessionInfo: { databaseName: null, schemaName: null, warehouseName: null, roleName: role },
    };
  }

  renew(request: IncomingMessage, body: Record<string, unknown>): unknown {
    const session = this.#masters.get(tokenOf(request));
    if (!session) refuse("390114", "Authentication token has expired.  The user must authenticate again.");
    if (body.requestType !== "RENEW" || typeof body.oldSessionToken !== "string")
      refuse("390400", "Bad renewal");
    return {
      ...{ sessionToken: this.#token(session), validityInSecondsST: 3600, masterToken: tokenOf(request) },
      ...{ validityInSecondsMT: 14_400, sessionId: 1 },
    };
  }

  #token(session: Session): string {
    const token = randomBytes(16).toString("hex");
    this.#sessions.set(token, session);
    return token;
  }
}

const tokenOf = (request: IncomingMessage) =>
  /^Snowflake Token="([^"]*)"$/.exec(request.headers.authorization ?? "")?.[1] ?? "";

/** Whether the token was made with the private key that belongs to this public one. */
function signed(token: string, publicKey: string): boolean {
  const [head, payload, signature] = token.split(".");
  const text = Buffer.from(`${head}.${payload}`);
  return verifySignature("sha256", text, publicKey, Buffer.from(signature ?? "", "base64url"));
}
