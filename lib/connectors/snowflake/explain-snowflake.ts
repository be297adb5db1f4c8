import { DataError, isDataError } from "../data-error.ts";
import { codeOf } from "../network/coded-error.ts";
import { networkFinding } from "../network/network-finding.ts";
import type { Stage } from "../shapes.ts";
import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import { type Finding, ownWords } from "../staged-check.ts";
import { placeOf } from "./connect-snowflake.ts";
import { readGrants } from "./discover-snowflake.ts";
import { quoteName, storedName } from "./names.ts";

type Explain = (config: SnowflakeSourceConfig, words: string) => Omit<Finding, "code">;

const credentials: Explain = ({ private_key }, words) => ({
  field: private_key ? "private_key" : "password",
  message: private_key
    ? `Snowflake does not accept the key for this user. (${words})`
    : `Snowflake refuses this user and password. It does not say which of them is wrong. (${words})`,
  fix: private_key
    ? "Check the username, and that the user's RSA_PUBLIC_KEY belongs to this private key: DESC USER shows its fingerprint."
    : "Check username and password. An account that demands a second factor needs a key pair here.",
});
const locked: Explain = (_config, words) => ({
  field: "username",
  message: `The user is locked or disabled. (${words})`,
  fix: "Wait 15 minutes, or let an administrator unlock the user.",
});
const blocked: Explain = (_config, words) => ({
  field: "account",
  message: `The account takes no connections from this address. (${words})`,
  fix: "Let an administrator add the address to the account's network policy.",
});
const noWarehouse: Explain = ({ warehouse, role }, words) => ({
  field: "warehouse",
  message: `The warehouse ${storedName(warehouse)} does not exist, is not running, or the role may not use it. (${words})`,
  fix: `GRANT USAGE ON WAREHOUSE ${quoteName(storedName(warehouse))} TO ROLE ${quoteName(storedName(role))}; if it is suspended: ALTER WAREHOUSE ${quoteName(storedName(warehouse))} RESUME;`,
});
const noSelect: Explain = (config, words) => ({
  field: "role",
  message: `The role ${storedName(config.role)} may not read. (${words})`,
  fix: `Let somebody who may run: ${readGrants(config)}`,
});
const lost: Explain = (_config, words) => ({
  message: `The session has ended. (${words})`,
  fix: "Try again.",
});

/** By Snowflake's number. */
const NUMBERS: Record<string, [code: string, explain: Explain]> = {
  "390100": ["wrong_credentials", credentials],
  "390144": ["wrong_credentials", credentials],
  "390101": ["locked_account", locked],
  "390102": ["locked_account", locked],
  "390106": [
    "expired_password",
    (_config, words) => ({
      field: "password",
      message: `The password has to be changed first. (${words})`,
      fix: "Sign in at Snowflake's own page once and set a new password.",
    }),
  ],
  "390189": [
    "unknown_role",
    ({ role, username }, words) => ({
      field: "role",
      message: `There is no role ${storedName(role)}, or the user may not take it. (${words})`,
      fix: `Check the name, or let somebody who may run: GRANT ROLE ${quoteName(storedName(role))} TO USER ${quoteName(storedName(username))};`,
    }),
  ],
  "390420": ["no_access", blocked],
  "390422": ["no_access", blocked],
  "390432": ["no_access", blocked],
  "000606": ["no_warehouse", noWarehouse],
  "000608": ["no_warehouse", noWarehouse],
  "090073": ["no_warehouse", noWarehouse],
  "003001": ["no_select", noSelect],
  "000604": [
    "connection_closed",
    () => ({ message: "The statement was stopped at the server.", fix: "Try again." }),
  ],
  "000630": [
    "slow_server",
    () => ({
      message: "The statement reached the account's time limit.",
      fix: "Raise STATEMENT_TIMEOUT_IN_SECONDS for the user or the warehouse.",
    }),
  ],
  // The library's own number: the session could not be renewed.
  "407002": ["connection_closed", lost],
  "390104": ["connection_closed", lost],
  "390111": ["connection_closed", lost],
  "390112": ["connection_closed", lost],
  "390114": ["connection_closed", lost],
};

/** By the field that a statement of the session comes from: Snowflake says no more than that it cannot be done. */
const FIELDS: Record<string, [code: string, explain: Explain]> = {
  warehouse: ["no_warehouse", noWarehouse],
  database: [
    "unknown_database",
    (config, words) => ({
      field: "database",
      message: `There is no database ${storedName(config.database)}, or the role may not use it. (${words})`,
      fix: `Check the name; if it is right, let somebody who may run: ${readGrants(config)}`,
    }),
  ],
  schema: [
    "unknown_schema",
    (config, words) => ({
      field: "schema",
      message: `There is no schema ${storedName(config.schema)} in ${storedName(config.database)}, or the role may not use it. (${words})`,
      fix: `Check the name; if it is right, let somebody who may run: ${readGrants(config)}`,
    }),
  ],
};

/** What a failure means, for a check. */
export function explainSnowflake(config: SnowflakeSourceConfig, stage: Stage, error: unknown): Finding {
  const words = ownWords(error).replaceAll(/\s+/g, " ");
  if (error instanceof Error && error.name === "TimeoutError") {
    const fix = "Try again; a warehouse that was suspended takes a while to come up.";
    return { code: "slow_server", message: "Snowflake is reached, but did not answer in time.", fix };
  }
  const number = codeOf(error).padStart(6, "0");
  const field = error && typeof error === "object" && "field" in error ? String(error.field) : "";
  const known =
    NUMBERS[number] ?? (/^00\d{4}$/.test(number) ? (FIELDS[field] ?? notFound(number)) : undefined);
  if (known) return { code: known[0], ...known[1](config, words) };
  const status = statusOf(error);
  const { host, port } = placeOf(config);
  const asked = config.access_url ? "access_url" : "account";
  if (status === 403 || status === 404) {
    return {
      ...{ code: "unknown_host", field: asked },
      message: `${host} answers, but knows no account ${config.account}.`,
      fix: "Check the account identifier: in Snowflake, SELECT CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME().",
    };
  }
  if (status !== undefined && status >= 500) {
    return {
      code: "slow_server",
      message: `Snowflake is not available now (HTTP ${status}).`,
      fix: "Try again later.",
    };
  }
  if (status !== undefined || isNoAnswer(error)) {
    return {
      ...{ code: "wrong_protocol", field: asked },
      message: `What answers at ${host} is not Snowflake. (${words})`,
      fix: "Check the account, or the address.",
    };
  }
  return (
    networkFinding(stage, deepest(error), { host, port }, { host: asked, port: asked }) ?? {
      code: isDataError(error) ? error.code : "unknown_error",
      message: `Snowflake answered something unexpected. (${words})`,
      fix: "The words in brackets are its own.",
    }
  );
}

/** An answer that says neither that it went well nor what went wrong is not Snowflake's. */
const isNoAnswer = (error: unknown) =>
  error instanceof Error &&
  (error.name === "SyntaxError" || (error.message === "" && ["", "undefined"].includes(codeOf(error))));

const notFound = (number: string) =>
  number === "002003" || number === "002043" ? NUMBERS["003001"] : undefined;

/** What a failure means, for a run. What was aborted stays as it is. */
export function snowflakeDataError(config: SnowflakeSourceConfig, error: unknown): unknown {
  if (isDataError(error) || (error instanceof Error && error.name === "AbortError")) return error;
  const { code, message, fix } = explainSnowflake(config, "connect", error);
  return new DataError(code, message, { hint: fix, retryable: RETRYABLE.has(code), cause: error });
}

const RETRYABLE = new Set([
  ...["closed_port", "no_answer", "unreachable_network", "connection_closed", "slow_server", "no_warehouse"],
]);

function statusOf(error: unknown): number | undefined {
  const response = error && typeof error === "object" && "response" in error ? error.response : undefined;
  const status =
    response && typeof response === "object" && "statusCode" in response ? response.statusCode : undefined;
  return typeof status === "number" ? status : undefined;
}

/** The library wraps what the network says. */
function deepest(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error && at.cause instanceof Error; depth++) at = at.cause;
  return at;
}
