import type { Socket } from "node:net";
import type { Client } from "basic-ftp";
import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import { codedError, codeOf } from "../network/coded-error.ts";
import { firstBytes, serverKind } from "../network/first-bytes.ts";
import { tlsOptionsOf } from "../network/secure-socket.ts";
import type { FtpSourceConfig } from "../specs/ftp.ts";
import { ownWords } from "../staged-check.ts";

const FTP_SERVER = "an FTP server";

/**
 * Takes an open socket for the control connection, once an FTP server has greeted. Data connections are passive and go
 * to the same address only: the library refuses an answer that names another host.
 * @throws DataError `wrong_protocol`, `too_many_connections`
 */
export async function greeted(socket: Socket, signal?: AbortSignal): Promise<Client> {
  const first = await firstBytes(socket, signal);
  const kind = serverKind(first);
  const greets = /^\d{3}[ -]/.test(first.toString("latin1"));
  if (!greets || (kind !== undefined && kind !== FTP_SERVER)) {
    socket.destroy();
    throw noFtp(kind);
  }
  socket.unshift(first);
  const { Client } = await import("basic-ftp");
  const client = new Client(limits.transferIdleMs);
  client.ftp.socket = socket;
  const greeting = client.ftp.handle(undefined, (answer, task) => {
    if (answer instanceof Error) task.reject(answer);
    else if (answer.code < 300) task.resolve(answer);
    else task.reject(new Error(answer.message));
  });
  socket.resume();
  await greeting;
  return client;
}

/** Encrypts the control connection, and with it those for data. @throws DataError `tls_refused`, Error of TLS */
export async function encrypted(
  client: Client,
  { host, tls, ssl_root_cert: ca }: FtpSourceConfig,
): Promise<string> {
  const options = tlsOptionsOf({ mode: tls === "verify" ? "verify-full" : "encrypt", host, ca });
  // What tells the session apart that data connections go on with.
  // biome-ignore lint/correctness/useHookAtTopLevel: a method of the FTP client
  await client.useTLS({ ...options, host }).catch((error) => {
    throw statusOf(error) === undefined ? error : tlsRefused();
  });
  const checked = tls === "verify" ? "the certificate is good" : "the certificate was not checked";
  return `Encrypted; ${checked}.`;
}

/** Signs in, and sets what every transfer needs. @throws DataError `wrong_credentials`, `tls_required` */
export async function signedIn(client: Client, { username, password, tls }: FtpSourceConfig): Promise<void> {
  await client.sendIgnoringError("OPTS UTF8 ON");
  try {
    await client.login(username, password);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    if (tls === "off" && /TLS|SSL|AUTH first|encrypt|cleartext|secure/i.test(ownWords(error)))
      throw tlsRequired();
    throw status === 421 ? tooMany() : wrongCredentials(username);
  }
  // biome-ignore lint/correctness/useHookAtTopLevel: a method of the FTP client
  await client.useDefaultSettings();
}

/** The status of an FTP server's refusal; undefined for all other errors. */
export function statusOf(error: unknown): number | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "number" ? code : undefined;
}

/** What a failure of the library means to the network: it tells a lost connection only in words. */
export function connectionFailure(error: unknown): unknown {
  const words = ownWords(error);
  if (/another host/.test(words)) return anotherHost();
  if (statusOf(error) === 421) return tooMany();
  if (statusOf(error) !== undefined || error instanceof DataError) return error;
  if (/data connection/i.test(words) || /transfer strategies/.test(words)) return noData(words);
  if (/^Timeout/.test(words)) return codedError("SILENT", words);
  if (
    /closed|FIN packet|User closed/i.test(words) &&
    !/^E|^ERR_|^CERT|^SELF|^UNABLE|^DEPTH/.test(codeOf(error))
  )
    return codedError("CLOSED", words);
  return error;
}

function noFtp(kind: string | undefined): DataError {
  return new DataError("wrong_protocol", `What answers there is ${kind ?? "no FTP server"}.`, {
    hint: "Check the host and the port. FTP is usually on port 21; implicit TLS on port 990 is not supported.",
  });
}

function tlsRefused(): DataError {
  return new DataError("tls_refused", "The server does not encrypt: it refused AUTH TLS.", {
    hint: "Have TLS turned on at the server. Only if nobody can listen on the way, turn encryption off here.",
  });
}

function tlsRequired(): DataError {
  return new DataError("tls_required", "The server lets nobody sign in without encryption.", {
    hint: "Set the encryption to require or verify.",
  });
}

function tooMany(): DataError {
  return new DataError("too_many_connections", "The server takes no further connection at the moment.", {
    hint: "Try again later, or have the limit of connections raised for this user.",
    retryable: true,
  });
}

function wrongCredentials(username: string): DataError {
  return new DataError("wrong_credentials", `The server does not take this password for ${username}.`, {
    hint: "Check the username and the password; the server does not say which is wrong.",
  });
}

function anotherHost(): DataError {
  return new DataError(
    "forbidden_address",
    "The server wants its data fetched from another host, which is never done.",
    { hint: "Have the server's passive mode set to its own public address, or EPSV turned on." },
  );
}

function noData(words: string): DataError {
  return new DataError("no_answer", `The server's data connection does not come about: ${words}`, {
    hint: "Let the server's passive ports through the firewall.",
    retryable: true,
  });
}
