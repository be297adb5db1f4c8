import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A certificate authority of our own, and what it signs; PEM text throughout. */
export type Authority = {
  /** The root certificate. */
  root: string;
  /**
   * A certificate for these names, with its key. `names` as openssl writes them: `DNS:localhost,IP:127.0.0.1`.
   * An expired one ended yesterday.
   */
  issue: (names: string, how?: { expired?: boolean }) => { cert: string; key: string };
};

/** Makes a certificate authority with openssl, in a folder that is gone afterwards. @throws Error without openssl. */
export function createAuthority(name: string): Authority {
  const made = inFolder((folder) => {
    openssl(folder, [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"],
      ...["-subj", `/CN=${name}`, "-keyout", "ca.key", "-out", "ca.crt"],
      ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"],
    ]);
    return { root: read(folder, "ca.crt"), key: read(folder, "ca.key") };
  });
  const issue: Authority["issue"] = (names, { expired = false } = {}) =>
    inFolder((folder) => {
      writeFileSync(path.join(folder, "ca.crt"), made.root);
      writeFileSync(path.join(folder, "ca.key"), made.key);
      openssl(folder, [
        ...["req", "-x509", "-CA", "ca.crt", "-CAkey", "ca.key", "-newkey", "ec"],
        ...["-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "1", "-subj", "/CN=server"],
        ...["-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-keyout", "server.key", "-out", "server.crt"],
      ]);
      if (expired) {
        openssl(folder, [
          ...["req", "-new", "-key", "server.key", "-subj", "/CN=server", "-out", "server.csr"],
          ...["-addext", `subjectAltName=${names}`],
        ]);
        openssl(folder, [
          ...["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "-1"],
          ...["-copy_extensions", "copy", "-out", "server.crt"],
        ]);
      }
      return { cert: read(folder, "server.crt"), key: read(folder, "server.key") };
    });
  return { root: made.root, issue };
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-certificates-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openssl(folder: string, words: string[]): void {
  execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
}

function read(folder: string, name: string): string {
  return readFileSync(path.join(folder, name), "utf8");
}
