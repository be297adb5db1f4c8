import { generateKeyPairSync } from "node:crypto";
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";

/**
 * A small SSH server of ours, on the library of the same name: OpenSSH's takes passwords only of this machine's own
 * users. It serves one file, or refuses SFTP.
 */
export type SshWire = { port: number; stop: () => Promise<void> };

type Attempt = EventEmitter & {
  method: string;
  username: string;
  password: string;
  accept: () => void;
  reject: (methods?: string[]) => void;
  prompt: (asked: { prompt: string; echo: boolean }[], answered: (answers: string[]) => void) => void;
};
type Files = EventEmitter & {
  handle: (id: number, handle: Buffer) => void;
  status: (id: number, code: number) => void;
  name: (id: number, entries: object[]) => void;
  attrs: (id: number, attrs: object) => void;
  data: (id: number, bytes: Buffer) => void;
};
type Library = {
  Server: new (
    options: { hostKeys: string[] },
    onClient: (client: EventEmitter) => void,
  ) => {
    listen: (port: number, host: string, done: () => void) => void;
    address: () => { port: number };
    close: (done: () => void) => void;
  };
};

const OK = 0;
const EOF = 1;
const NO_SUCH_FILE = 2;
const DENIED = 3;

/**
 * @param asking what it takes: a password, or answers to prompts.
 * @param denied what nobody may do with it.
 * @param content of its only file, `only.csv`; undefined: no SFTP for anybody.
 */
export async function startSshWire({
  password,
  asking = "password",
  content,
  denied,
}: {
  password: string;
  asking?: "password" | "keyboard-interactive";
  content?: Buffer;
  denied?: "list" | "read";
}): Promise<SshWire> {
  const library = createRequire(createRequire(import.meta.url).resolve("ssh2-sftp-client"));
  const { Server } = library("ssh2") as Library;
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const clients = new Set<EventEmitter & { end: () => void }>();
  const server = new Server({ hostKeys: [privateKey] }, (client) => {
    clients.add(client as EventEmitter & { end: () => void });
    client.on("error", () => undefined);
    client.on("authentication", (attempt: Attempt) => {
      if (attempt.method !== asking) return attempt.reject([asking]);
      const judge = (given: string) => (given === password ? attempt.accept() : attempt.reject([asking]));
      if (asking === "password") return judge(attempt.password);
      attempt.prompt([{ prompt: "Password: ", echo: false }], ([given = ""]) => judge(given));
    });
    client.on("session", (accept: () => EventEmitter) => {
      const session = accept();
      if (content) session.on("sftp", (take: () => Files) => serve(take(), content, denied));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    stop: () =>
      new Promise((resolve) => {
        for (const client of clients) client.end();
        server.close(resolve);
      }),
  };
}

function serve(files: Files, content: Buffer, denied?: "list" | "read"): void {
  const folder = { mode: 0o040755, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  const file = { mode: 0o100644, uid: 0, gid: 0, size: content.length, atime: 0, mtime: 1_700_000_000 };
  let listed = false;
  const look = (id: number, path: string) => {
    if (path.endsWith("only.csv")) return files.attrs(id, file);
    if (path === "." || path === "/") return files.attrs(id, folder);
    files.status(id, NO_SUCH_FILE);
  };
  files.on("REALPATH", (id) => files.name(id, [{ filename: "/", longname: "/", attrs: folder }]));
  files.on("STAT", look).on("LSTAT", look);
  files.on("FSTAT", (id) => files.attrs(id, file));
  files.on("OPENDIR", (id) => {
    if (denied === "list") return files.status(id, DENIED);
    listed = false;
    files.handle(id, Buffer.from("folder"));
  });
  files.on("READDIR", (id) => {
    if (listed) return files.status(id, EOF);
    listed = true;
    files.name(id, [{ filename: "only.csv", longname: "-rw-r--r-- only.csv", attrs: file }]);
  });
  files.on("OPEN", (id) => {
    if (denied === "read") return files.status(id, DENIED);
    files.handle(id, Buffer.from("file"));
  });
  files.on("READ", (id, _handle, at: number, length: number) =>
    at >= content.length ? files.status(id, EOF) : files.data(id, content.subarray(at, at + length)),
  );
  files.on("CLOSE", (id) => files.status(id, OK));
}
