import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "../services.ts";
import { findProgram, serverFolder, startProgram } from "./started-program.ts";

/** Pure-FTPd with one user of its own. */
export type FtpServer = {
  host: string;
  port: number;
  username: string;
  password: string;
  /** The folder that its user signs in to. */
  files: string;
  stop: () => Promise<void>;
};

const PASSWORDS = "/usr/bin/pure-pw";

/** Whether Pure-FTPd is installed (Debian: pure-ftpd) and can be started: it wants to be root. */
export const findPureFtpd = (): string | undefined =>
  process.getuid?.() === 0 && findProgram(PASSWORDS) ? findProgram("/usr/sbin/pure-ftpd") : undefined;

/**
 * Starts it on a free loopback port.
 * @param encryption off: it knows no TLS; offered: it takes both; required: it refuses to sign in without.
 * @throws Error if it is not installed or does not come up.
 */
export async function startPureFtpd({
  tls,
  encryption,
  password,
}: {
  tls?: { cert: string; key: string };
  encryption: "off" | "offered" | "required";
  password: string;
}): Promise<FtpServer> {
  const program = findPureFtpd();
  if (!program) throw new Error("Pure-FTPd is not installed, or this is not root: apt-get install pure-ftpd");
  const folder = serverFolder("pure-ftpd");
  const files = path.join(folder, "files");
  mkdirSync(files);
  const port = await freePort();
  const hash = execFileSync("openssl", ["passwd", "-6", "-stdin"], { input: password, encoding: "utf8" });
  writeFileSync(path.join(folder, "passwd"), `reader:${hash.trim()}:1000:1000::${files}/./::::::::::::\n`);
  execFileSync(PASSWORDS, ["mkdb", path.join(folder, "users.pdb"), "-f", path.join(folder, "passwd")]);
  execFileSync("chown", ["-R", "1000:1000", files]);
  execFileSync("chmod", ["755", folder]);
  const words = ["-S", `127.0.0.1,${port}`, "-l", `puredb:${folder}/users.pdb`, "-E", "-H", "-d"];
  words.push("-g", path.join(folder, "pid"), "-c", "50", "-C", "50", "-Y", mode(encryption));
  if (tls) {
    const certificate = path.join(folder, "server.pem");
    writeFileSync(certificate, `${tls.key}${tls.cert}`, { mode: 0o600 });
    words.push("-2", certificate);
  }
  const server = await startProgram({ folder, program, words, ready: port });
  return { host: "127.0.0.1", port, username: "reader", password, files, stop: server.stop };
}

const mode = (encryption: "off" | "offered" | "required") =>
  encryption === "off" ? "0" : encryption === "offered" ? "1" : "2";
