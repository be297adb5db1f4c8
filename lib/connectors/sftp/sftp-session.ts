import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type SftpClient from "ssh2-sftp-client";
import { limits } from "#lib/limits.ts";
import { DataError, isDataError } from "../data-error.ts";
import { codedError } from "../network/coded-error.ts";
import { serverKind } from "../network/first-bytes.ts";
import type { SftpSourceConfig } from "../specs/sftp.ts";
import { ownWords } from "../staged-check.ts";
import { keyFailure, readableKey } from "./readable-key.ts";

/** The protocol itself, as the SSH library has it. */
type Sftp = Awaited<ReturnType<SftpClient["connect"]>>;

/** A session that is signed in. */
export type SftpSession = {
  /** One request. @throws Error of the server, with its code; `CLOSED` once the connection is gone */
  call: <Answer>(
    ask: (sftp: Sftp, done: (error: unknown, answer: Answer) => void) => void,
  ) => Promise<Answer>;
  closed: () => boolean;
  close: () => void;
};

/** Answers of the protocol (draft-ietf-secsh-filexfer-02, 7). */
export const STATUS = { eof: 1, noSuchFile: 2, denied: 3 } as const;
const KEEP_ALIVE_MS = 10_000;

/**
 * Signs in over an open socket; the socket is destroyed if that fails, or when the signal says so.
 * @returns the server's host key once it is known and believed, and the session once it is open.
 */
export function signIn(
  socket: Socket,
  config: SftpSourceConfig,
  signal?: AbortSignal,
): { hostKey: Promise<string>; session: Promise<SftpSession> } {
  const hostKey = Promise.withResolvers<string>();
  const stop = () => socket.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  socket.once("close", () => signal?.removeEventListener("abort", stop));
  if (signal?.aborted) stop();
  const session = openSession(socket, config, hostKey.resolve).catch((error) => {
    socket.destroy();
    hostKey.reject(error);
    throw error;
  });
  for (const promise of [hostKey.promise, session]) promise.catch(() => undefined);
  return { hostKey: hostKey.promise, session };
}

async function openSession(
  socket: Socket,
  config: SftpSourceConfig,
  onHostKey: (shown: string) => void,
): Promise<SftpSession> {
  const { default: Client } = await import("ssh2-sftp-client");
  const { username, password, passphrase } = config;
  const privateKey = config.private_key && readableKey(config.private_key, passphrase);
  const client = new Client("sftp", {});
  let first: Buffer | undefined;
  let refused: DataError | undefined;
  let said: unknown;
  // A listener of data sets a socket flowing, unless it was told to wait.
  socket.pause();
  socket.once("data", (chunk: Buffer) => {
    first = chunk;
  });
  client.on("error", (error) => {
    said ??= error;
  });
  client.on("keyboard-interactive", (_name, _text, _language, prompts, answer) =>
    answer((prompts as { echo?: boolean }[]).map(({ echo }) => (echo ? "" : (password ?? "")))),
  );
  try {
    const sftp = await client.connect({
      sock: socket,
      username,
      ...(password !== undefined && { password, tryKeyboard: true }),
      ...(privateKey !== undefined && { privateKey, passphrase }),
      readyTimeout: 2 * limits.connectMs,
      keepaliveInterval: KEEP_ALIVE_MS,
      hostVerifier: (key: Buffer) => {
        const shown = fingerprint(key);
        if (config.host_key !== undefined && config.host_key.replace(/=$/, "") !== shown)
          refused = wrongHostKey(shown);
        else onHostKey(`${shown} (${keyType(key)})`);
        return refused === undefined;
      },
    });
    return overClient(sftp, socket);
  } catch (error) {
    throw refused ?? signInFailure(said ?? error, first, config);
  }
}

function overClient(sftp: Sftp, socket: Socket): SftpSession {
  const waiting = new Set<(error: Error) => void>();
  let closed = socket.destroyed;
  const gone = () => codedError("CLOSED", "The server closed the connection");
  const onEnd = () => {
    closed = true;
    for (const reject of waiting) reject(gone());
    waiting.clear();
  };
  socket.once("close", onEnd);
  sftp.once("close", onEnd);
  sftp.on("error", () => socket.destroy());
  return {
    closed: () => closed,
    close: () => socket.destroy(),
    call: (ask) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(gone());
        waiting.add(reject);
        ask(sftp, (error, answer) => {
          waiting.delete(reject);
          if (!error) return resolve(answer);
          // Without a status it was not the server that answered.
          reject(typeof (error as { code?: unknown }).code === "number" ? error : gone());
        });
      }),
  };
}

/** As `ssh-keygen -l` shows it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

function wrongHostKey(shown: string): DataError {
  return new DataError("wrong_host_key", `The server shows another host key: ${shown}.`, {
    hint: "Ask whoever runs the server whether its key changed. If it did, put in the new one; if not, somebody else answers in its place.",
  });
}

function signInFailure(error: unknown, first: Buffer | undefined, config: SftpSourceConfig): unknown {
  if (isDataError(error)) return error;
  const words = ownWords(error);
  const level = error && typeof error === "object" && "level" in error ? error.level : undefined;
  if (/Cannot parse privateKey|Unsupported key format/i.test(words))
    return keyFailure(words, config.passphrase);
  if (level === "client-authentication") return wrongCredentials(config);
  if (first && !first.toString("latin1").includes("SSH-")) return noSsh(serverKind(first));
  if (level === "client-timeout") return codedError("SILENT", words);
  if (/Handshake failed/i.test(words))
    return new DataError("wrong_protocol", `No common way to encrypt was found: ${words}`, {
      hint: "Have the server take a newer key exchange and cipher; ask whoever runs it.",
    });
  if (/Unable to start subsystem|Unexpected packet|Channel open failure/i.test(words))
    return new DataError("no_access", "The sign-in is taken, but this user may not use SFTP.", {
      hint: "Have SFTP allowed for this user.",
    });
  return level === "client-socket" ? error : codedError("CLOSED", words);
}

function wrongCredentials({ private_key, password, username }: SftpSourceConfig): DataError {
  const what = private_key === undefined ? "password" : password === undefined ? "private key" : "sign-in";
  return new DataError("wrong_credentials", `The server does not take this ${what} for ${username}.`, {
    hint:
      private_key === undefined
        ? "Check the username and the password; the server does not say which is wrong."
        : "Check the username, and that the key's public half is among those the server lets in.",
  });
}

function noSsh(kind: string | undefined): DataError {
  return new DataError("wrong_protocol", `What answers there is ${kind ?? "no SSH server"}.`, {
    hint: "Check the host and the port; SFTP is usually on port 22.",
  });
}
