import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import { freePort } from "../services.ts";
import { findProgram, serverFolder, startProgram } from "./started-program.ts";

/** OpenSSH's server with nothing but SFTP. It signs in the user that runs the tests, by key. */
export type SftpServer = {
  host: string;
  port: number;
  username: string;
  /** A private key that is let in, in PEM text; and the same one behind a passphrase. */
  key: string;
  lockedKey: string;
  passphrase: string;
  /** A private key that nobody knows. */
  strangerKey: string;
  /** `SHA256:…` */
  hostKey: string;
  /** A folder whose files it serves; its path is the same on the server. */
  files: string;
  stop: () => Promise<void>;
};

const KEYGEN = "/usr/bin/ssh-keygen";

/** Whether OpenSSH's server is installed (Debian: openssh-server). */
export const findSshd = (): string | undefined => findProgram("/usr/sbin/sshd");

/** Starts it on a free loopback port. @throws Error if it is not installed or does not come up. */
export async function startSshd(): Promise<SftpServer> {
  const program = findSshd();
  if (!program) throw new Error("OpenSSH's server is not installed: apt-get install openssh-server");
  const folder = serverFolder("sshd");
  const port = await freePort();
  const passphrase = "a passphrase of the tests";
  const makeKey = (name: string, words: string[], secret = "") =>
    execFileSync(KEYGEN, ["-q", "-N", secret, "-C", "", "-f", path.join(folder, name), ...words]);
  makeKey("host", ["-t", "ed25519"]);
  makeKey("user", ["-t", "ed25519"]);
  makeKey("locked", ["-t", "rsa", "-b", "2048", "-m", "PEM"], passphrase);
  makeKey("stranger", ["-t", "ed25519"]);
  const read = (name: string) => readFileSync(path.join(folder, name), "utf8");
  writeFileSync(path.join(folder, "authorized"), `${read("user.pub")}${read("locked.pub")}`);
  const files = path.join(folder, "files");
  mkdirSync(files);
  // Running as root it wants this folder, and makes nothing by itself.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  writeFileSync(
    path.join(folder, "config"),
    `ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile ${folder}/authorized
MaxStartups 100
Subsystem sftp internal-sftp
ForceCommand internal-sftp
`,
  );
  const fingerprint = execFileSync(KEYGEN, ["-l", "-f", path.join(folder, "host.pub")], {
    encoding: "utf8",
  });
  const server = await startProgram({
    folder,
    program,
    ready: port,
    words: ["-D", "-e", "-f", path.join(folder, "config")],
  });
  return {
    host: "127.0.0.1",
    port,
    username: userInfo().username,
    key: read("user"),
    lockedKey: read("locked"),
    passphrase,
    strangerKey: read("stranger"),
    hostKey: fingerprint.split(" ")[1] ?? "",
    files,
    stop: server.stop,
  };
}
