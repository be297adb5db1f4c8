import { sqlIdentifier } from "#lib/ir/index.ts";
import type { Stage } from "../shapes.ts";
import type { Finding } from "../staged-check.ts";
import type { PostgresLogin } from "./login.ts";

type Explain = (login: PostgresLogin, words: string, stage: Stage) => Finding;

const wrongPassword: Explain = ({ username }) => ({
  code: "wrong_password",
  field: "password",
  message: `The password for ${username} is not right.`,
  fix: "Type the password again. PostgreSQL answers the same for a user name it does not know and for a password that has expired.",
});

const wantsEncryption: Explain = ({ host, username }) => ({
  code: "tls_required",
  field: "sslmode",
  message: `${host} lets ${username} in over an encrypted connection only.`,
  fix: "Choose sslmode verify-full, or require if the server's certificate cannot be checked.",
});

const notPostgres: Explain = ({ host, port }, words) => ({
  code: "wrong_protocol",
  field: "port",
  message: `What answers on port ${port} of ${host} is ${words}.`,
  fix: "Check the port; PostgreSQL's usual one is 5432.",
});

const BY_STATE: Record<string, Explain> = {
  NOT_POSTGRES: notPostgres,
  "42501": notAllowed,
  NO_TLS: ({ host }) => ({
    code: "tls_refused",
    field: "sslmode",
    message: "The server does not offer encryption. Turn it on there, or choose sslmode disable.",
    fix: `Set ssl = on at ${host}, or choose sslmode prefer or disable.`,
  }),
  "28P01": wrongPassword,
  "28000": noEntry,
  "0LP01": noEntry,
  "3D000": ({ database }) => ({
    code: "unknown_database",
    field: "database",
    message: `There is no database named ${database}.`,
    fix: "Check the spelling; small and capital letters are not the same.",
  }),
  "55000": ({ database }) => ({
    code: "no_connect",
    field: "database",
    message: `The database ${database} takes no connections.`,
    fix: `Choose another database, or have its owner run: ALTER DATABASE ${sqlIdentifier(database)} ALLOW_CONNECTIONS true`,
  }),
  "53300": ({ host }) => ({
    code: "too_many_connections",
    message: `${host} has no free connections. Try again later, or raise its limit.`,
    fix: "Close connections that are not needed, or raise max_connections or the limit of this user or database.",
  }),
  "57P03": (_login, words) => ({
    code: "starting_up",
    message: "The server is starting up or shutting down. Try again in a moment.",
    fix: /hot standby/i.test(words)
      ? "It is a replica that takes no readers: set hot_standby = on there."
      : "Try again in a minute.",
  }),
  "57014": ({ host }) => ({
    code: "slow_server",
    message: `${host} did not answer a small question in time.`,
    fix: "Try again when the server is less busy, or look there for what holds it up.",
  }),
  "55P03": ({ host }) => ({
    code: "slow_server",
    message: `${host} keeps what was asked for locked.`,
    fix: "Try again when the change that is under way there is done.",
  }),
  "57P01": ({ host }) => ({
    code: "connection_closed",
    message: `${host} ended the connection because it is being stopped.`,
    fix: "Try again when the server is up.",
  }),
};

/** Before anything was asked for it is the database that is closed, later what was asked for. */
function notAllowed({ database, username }: PostgresLogin, words: string, stage: Stage): Finding {
  if (stage === "privileges" || stage === "first_row")
    return {
      code: "no_select",
      field: "username",
      message: `${username} may not read what is there: ${words}`,
      fix: `Have its owner run: GRANT SELECT ON … TO ${sqlIdentifier(username)}, for what is named.`,
    };
  return {
    code: "no_connect",
    field: "database",
    message: `${username} may not connect to the database ${database}.`,
    fix: `Have its owner run: GRANT CONNECT ON DATABASE ${sqlIdentifier(database)} TO ${sqlIdentifier(username)}`,
  };
}

/** Refused before a password is looked at: by pg_hba.conf, or because there is no such user. */
function noEntry(login: PostgresLogin, words: string): Finding {
  const { host, username, sslmode } = login;
  if (/role .* does not exist/.test(words))
    return {
      code: "wrong_user",
      field: "username",
      message: `There is no user named ${username}.`,
      fix: "Check the spelling of the user name.",
    };
  if (/not permitted to log in/.test(words))
    return {
      code: "wrong_user",
      field: "username",
      message: `${username} is a role that may not sign in.`,
      fix: `Choose another user, or have an administrator run: ALTER ROLE ${sqlIdentifier(username)} LOGIN`,
    };
  if (sslmode === "disable" && /no encryption|SSL off/.test(words))
    return wantsEncryption(login, words, "authenticate");
  return {
    code: "no_access",
    field: "username",
    message: `${host} does not let ${username} in from here. Check the user name, sslmode and the server's pg_hba.conf.`,
    fix: `Have an administrator add a line for ${username}, this database and this address to pg_hba.conf and reload it.`,
  };
}

/** Said by the client itself, without a code. */
const BY_WORDS: readonly [RegExp, Explain][] = [
  [/password must be/, wrongPassword],
  [
    /authenticationOk message type|Only mechanism/,
    ({ host, username }) => ({
      code: "no_access",
      field: "username",
      message: `${host} wants ${username} to sign in in a way that is not supported here, such as Kerberos or a client certificate.`,
      fix: "Have an administrator let this user in by password (scram-sha-256) in pg_hba.conf.",
    }),
  ],
];

/**
 * What a server's answer means, by its SQLSTATE or by its words; undefined for what nobody foresaw.
 * @param words what the server or the client said
 */
export function answerFinding(
  stage: Stage,
  state: string,
  words: string,
  login: PostgresLogin,
): Finding | undefined {
  const explain = BY_STATE[state] ?? BY_WORDS.find(([pattern]) => pattern.test(words))?.[1];
  return explain?.(login, words, stage);
}
