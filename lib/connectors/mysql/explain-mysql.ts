import { DataError, isDataError } from "../data-error.ts";
import { codeOf } from "../network/coded-error.ts";
import { networkFinding } from "../network/network-finding.ts";
import type { Stage } from "../shapes.ts";
import type { MysqlSourceConfig } from "../specs/mysql.ts";
import { type Finding, ownWords } from "../staged-check.ts";
import { quoteName } from "./quote.ts";

type Explain = (config: MysqlSourceConfig, words: string) => Omit<Finding, "code">;

/** The account as the server names it in its own words, for a statement that somebody can run. */
const account = ({ username }: MysqlSourceConfig, words: string) =>
  /user '([^']*)'@'([^']*)'/
    .exec(words)
    ?.slice(1)
    .map((part) => `'${part}'`)
    .join("@") ?? `'${username}'@'%'`;

const grant = (config: MysqlSourceConfig, words: string) =>
  `GRANT SELECT ON ${quoteName(config.database)}.* TO ${account(config, words)};`;

const credentials: Explain = ({ username, ssl }, words) => ({
  field: "password",
  message: `The server refuses this user and password. It does not say which of them is wrong. (${words})`,
  fix:
    ssl === "disable"
      ? `Check username and password. The account ${username} may also demand encryption, or be for other addresses.`
      : `Check username and password, and that the account ${username} may come from this address.`,
});
const crowded: Explain = (_config, words) => ({
  message: `The server has no connection left. (${words})`,
  fix: "Try again later, or raise max_connections, or the limit of the account.",
});
const shut: Explain = (_config, words) => ({
  field: "host",
  message: `The server takes no connections from this address. (${words})`,
  fix: "Create the account for this address, such as 'user'@'%', and let the address in at the server.",
});
const insecure: Explain = (_config, words) => ({
  field: "ssl",
  message: `The server demands encryption. (${words})`,
  fix: "Set encryption to require, or verify.",
});
const noSelect: Explain = (config, words) => ({
  field: "username",
  message: `The account may not read. (${words})`,
  fix: `Let somebody who may run: ${grant(config, words)}`,
});
const slow: Explain = () => ({
  message: "The server is connected, but did not answer in time.",
  fix: "Try again later; if it stays so, look at what keeps the server busy.",
});
const expired: Explain = ({ username }, words) => ({
  field: "password",
  message: `The password has expired. (${words})`,
  fix: `Set a new one: ALTER USER '${username}' IDENTIFIED BY '…';`,
});
const locked: Explain = ({ username }, words) => ({
  field: "username",
  message: `The account is locked. (${words})`,
  fix: `Let somebody who may run: ALTER USER '${username}' ACCOUNT UNLOCK;`,
});
const stopping: Explain = (_config, words) => ({
  message: `The server is being stopped or started. (${words})`,
  fix: "Try again in a minute.",
});

/** By the number of the error, as the manuals of MySQL and MariaDB list them. */
const NUMBERS: Record<number, [code: string, explain: Explain]> = {
  1040: ["too_many_connections", crowded],
  1203: ["too_many_connections", crowded],
  1226: ["too_many_connections", crowded],
  1044: [
    "no_connect",
    (config, words) => ({
      field: "database",
      message: `There is no database ${config.database}, or this account may not use it. (${words})`,
      fix: `Check the name; if it is right, let somebody who may run: ${grant(config, words)}`,
    }),
  ],
  1045: ["wrong_credentials", credentials],
  1698: ["wrong_credentials", credentials],
  1049: [
    "unknown_database",
    ({ database }) => ({
      field: "database",
      message: `There is no database ${database} on this server.`,
      fix: "Check the name; where the server tells capitals apart, it has to be written as it is there.",
    }),
  ],
  1053: ["starting_up", stopping],
  1129: ["no_access", shut],
  1130: ["no_access", shut],
  1142: ["no_select", noSelect],
  1143: ["no_select", noSelect],
  1205: ["slow_server", slow],
  1317: ["connection_closed", () => ({ message: "The server stopped the statement.", fix: "Try again." })],
  1412: [
    "altered_meanwhile",
    () => ({ message: "The table was altered while it was about to be read.", fix: "Try again." }),
  ],
  1820: ["expired_password", expired],
  1862: ["expired_password", expired],
  1927: ["connection_closed", () => ({ message: "The server ended the session.", fix: "Try again." })],
  1969: ["slow_server", slow],
  3024: ["slow_server", slow],
  3118: ["locked_account", locked],
  3159: ["tls_required", insecure],
  4151: ["locked_account", locked],
};

const CODES: Record<string, [code: string, explain: Explain]> = {
  TLS_REFUSED: [
    "tls_refused",
    ({ host }) => ({
      field: "ssl",
      message: `${host} offers no encryption.`,
      fix: "Set encryption to prefer, or turn TLS on at the server.",
    }),
  ],
  WRONG_PROTOCOL: [
    "wrong_protocol",
    ({ host, port }, kind) => ({
      field: "port",
      message: `On port ${port} of ${host} is no MySQL or MariaDB, but ${kind}.`,
      fix: "Check host and port: MySQL and MariaDB usually listen on 3306.",
    }),
  ],
  ER_SECURE_TRANSPORT_REQUIRED: ["tls_required", insecure],
  AUTH_SWITCH_PLUGIN_ERROR: ["unsupported_authentication", plugin],
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: ["unsupported_authentication", plugin],
  PROTOCOL_CONNECTION_LOST: [
    "connection_closed",
    ({ host }) => ({
      message: `${host} closed the connection in the middle of the conversation.`,
      fix: "Try again; if it stays so, look into the server's log.",
    }),
  ],
};

function plugin({ username }: MysqlSourceConfig, words: string): Omit<Finding, "code"> {
  const name = /unknown plugin (\w+)|(mysql_clear_password)/.exec(words)?.slice(1).find(Boolean);
  return {
    field: "username",
    message: `The account signs in by ${name ?? "a method"}, which is not supported here. Supported are caching_sha2_password, sha256_password and mysql_native_password.`,
    fix: `Use another account, or give ${username} one of these methods.`,
  };
}

/** What a failure means, for a check. */
export function explainMysql(config: MysqlSourceConfig, stage: Stage, error: unknown): Finding {
  const { host, port, ssl_root_cert: ca } = config;
  const words = ownWords(error);
  const code = codeOf(error);
  if (error instanceof Error && error.name === "TimeoutError") {
    return { code: "slow_server", ...slow(config, words) };
  }
  const known = NUMBERS[errnoOf(error)] ?? CODES[code];
  if (known) return { code: known[0], ...known[1](config, words) };
  return (
    networkFinding(stage, causeOf(error), { host, port, ca }, { tls: "ssl", ca: "ssl_root_cert" }) ?? {
      code: isDataError(error) ? error.code : "unknown_error",
      message: `The server answered something unexpected. (${words})`,
      fix: "Look into the server's log; the words in brackets are its own.",
    }
  );
}

/** What a failure means, for a run. What was aborted stays as it is. */
export function mysqlDataError(config: MysqlSourceConfig, error: unknown): unknown {
  if (isDataError(error) || (error instanceof Error && error.name === "AbortError")) return error;
  const { code, message, fix } = explainMysql(config, "connect", error);
  return new DataError(code, message, { hint: fix, retryable: RETRYABLE.has(code), cause: error });
}

/** What may be over at the next attempt. */
const RETRYABLE = new Set([
  ...["closed_port", "no_answer", "unreachable_network", "connection_closed", "too_many_connections"],
  ...["starting_up", "slow_server", "altered_meanwhile"],
]);

const errnoOf = (error: unknown) =>
  error && typeof error === "object" && "errno" in error ? Number(error.errno) : 0;

/** The library gives errors of TLS a code of its own; Node's are told by what they say. */
const causeOf = (error: unknown) =>
  codeOf(error) === "HANDSHAKE_SSL_ERROR" && error instanceof Error && error.cause ? error.cause : error;
