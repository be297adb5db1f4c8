import { existsSync } from "node:fs";
import { Stop, say } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser of the machine, if there is one. */
export const chromium = () => BROWSERS.find((file) => existsSync(file));

/** Debian packages by what they are needed for. */
const NEEDED = [
  { name: "postgresql", packages: ["postgresql"], present: () => existsSync("/usr/lib/postgresql") },
  { name: "chromium", packages: ["chromium", "fonts-liberation"], present: () => Boolean(chromium()) },
];

/** The command that installs one of them. */
export const hintFor = (name) =>
  `sudo apt-get install -y ${NEEDED.find((each) => each.name === name)?.packages.join(" ") ?? name}`;

/**
 * Installs what is missing if we may; otherwise says the command. In CI something still missing is an error.
 * @returns {Promise<"fresh" | undefined>}
 */
export async function installSystemPackages() {
  const missing = NEEDED.filter(({ present }) => !present());
  if (missing.length === 0) return "fresh";
  const packages = missing.flatMap((each) => each.packages);
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runCommand("apt-get", ["update", "-qq"], { quiet: true, env });
    const installed = await runCommand(
      "apt-get",
      ["install", "-y", "-qq", "--no-install-recommends", ...packages],
      { quiet: true, env },
    );
    if (installed.code !== 0) say(installed.output);
  }
  const still = missing.filter(({ present }) => !present());
  if (still.length === 0) return undefined;
  for (const { name } of still) say(`  ${name} is missing, its tests are skipped: ${hintFor(name)}`);
  if (process.env.CI === "true") throw new Stop("In CI nothing may be missing");
  return undefined;
}
