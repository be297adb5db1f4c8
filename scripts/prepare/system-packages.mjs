import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Stop, say } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const POSTGRES = "/usr/lib/postgresql";

/** The browser of the machine, if there is one. */
export const chromium = () => BROWSERS.find((file) => existsSync(file));

/** A client alone makes the folder too; the tests start a server. */
const postgres = () =>
  existsSync(POSTGRES) &&
  readdirSync(POSTGRES).some((version) => existsSync(path.join(POSTGRES, version, "bin", "initdb")));

const onPath = (program) =>
  (process.env.PATH ?? "").split(path.delimiter).some((folder) => existsSync(path.join(folder, program)));

/** Servers live where ordinary users do not look for programs. */
const server = (program) => () =>
  ["/usr/sbin", "/usr/bin", "/usr/local/sbin"].some((folder) => existsSync(path.join(folder, program)));

const SWIFT = ["swift-proxy", "swift-account", "swift-container", "swift-object"];

/** Debian packages by what they are needed for. Without a server its tests are skipped; without a tool nothing is tested. */
const NEEDED = [
  { name: "PostgreSQL", packages: ["postgresql"], present: postgres },
  { name: "MariaDB", packages: ["mariadb-server"], present: server("mariadbd") },
  { name: "OpenSSH", packages: ["openssh-server"], present: server("sshd") },
  { name: "Pure-FTPd", packages: ["pure-ftpd"], present: server("pure-ftpd") },
  { name: "nginx", packages: ["nginx-light"], present: server("nginx") },
  { name: "OpenStack Swift", packages: SWIFT, present: server("swift-proxy-server") },
  { name: "Chromium", packages: ["chromium", "fonts-liberation"], present: () => Boolean(chromium()) },
  { name: "curl", packages: ["curl"], present: () => onPath("curl"), tool: true },
  { name: "OpenSSL", packages: ["openssl"], present: () => onPath("openssl"), tool: true },
];

const missing = () => NEEDED.filter(({ present }) => !present());
const packagesOf = (needed) => needed.flatMap(({ packages }) => packages);

/**
 * Installs what is missing if we may; otherwise says the command.
 * @returns {Promise<"fresh" | undefined>}
 * @throws {Stop} if a tool is still missing, in CI also if a server is.
 */
export async function installSystemPackages() {
  if (missing().length === 0) return "fresh";
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) await installMissing();
  const sentence = whatIsMissing();
  if (sentence && (process.env.CI === "true" || missing().some(({ tool }) => tool))) throw new Stop(sentence);
  if (sentence) say(sentence);
  return undefined;
}

/** What is missing, and the command that somebody without privileges types to have it; undefined if nothing is. */
export function whatIsMissing() {
  const needed = missing();
  if (needed.length === 0) return undefined;
  const names = needed.map(({ name }) => name).join(", ");
  const command = `sudo apt-get update && sudo apt-get install -y ${packagesOf(needed).join(" ")}`;
  return `  Not installed: ${names}. This installs what the tests need:\n    ${command}`;
}

async function installMissing() {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const packages = packagesOf(missing());
  await runCommand("apt-get", ["update", "-qq"], { quiet: true, env });
  const options = ["install", "-y", "-qq", "--no-install-recommends"];
  const asBefore = startNothing();
  try {
    const { code, output } = await runCommand("apt-get", [...options, ...packages], { quiet: true, env });
    if (code !== 0) say(output);
  } finally {
    asBefore();
  }
}

const POLICY = "/usr/sbin/policy-rc.d";

/** The tests start servers of their own: what is installed for them must not run as a service (Debian Policy 9.3.3). */
function startNothing() {
  if (existsSync(POLICY)) return () => undefined;
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return () => rmSync(POLICY, { force: true });
}
