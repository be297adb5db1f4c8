import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Stop, say } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";

const INSTALLED = "node_modules/.package-lock.json";
const NODE_MIN = [20, 9];
/** From here on Node runs TypeScript by stripping the types. */
const NODE_RUNS_TYPESCRIPT = [22, 18];

const atLeast = ([major, minor]) => {
  const [ourMajor, ourMinor] = process.versions.node.split(".").map(Number);
  return ourMajor > major || (ourMajor === major && ourMinor >= minor);
};

/** @throws {Stop} if this Node is too old even to install with. */
export function checkNode() {
  if (atLeast(NODE_MIN)) return;
  throw new Stop(`Node ${NODE_MIN.join(".")} or newer is needed; this is ${process.versions.node}`);
}

/** The Node that runs the product: the one in node_modules, or this one where none is packaged and this one can. */
export function projectNode() {
  const packaged = "node_modules/.bin/node";
  if (existsSync(packaged)) return packaged;
  if (atLeast(NODE_RUNS_TYPESCRIPT)) return process.execPath;
  throw new Stop(
    `No Node is packaged for ${process.platform}-${process.arch}: install Node ${NODE_RUNS_TYPESCRIPT.join(".")} or newer`,
  );
}

/** The environment in which a program and what it starts find the project's Node before the machine's. */
export function projectEnv() {
  return { ...process.env, PATH: `${path.resolve("node_modules/.bin")}${path.delimiter}${process.env.PATH}` };
}

/** Installs what the lock file names. @returns {Promise<"fresh" | undefined>} */
export async function install() {
  if (isInstalled()) return "fresh";
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const [program, ...before] = npm;
  const options = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const strict = await runCommand(program, [...before, "ci", ...options], { quiet: true });
  if (strict.code === 0) return undefined;
  // `npm ci` refuses a lock file that lacks packages of other platforms; `npm install` reads the same versions from it.
  if (!strict.output.includes("EUSAGE")) throw new Stop(`${strict.output}\nnpm ci failed`);
  say("  npm ci refused the lock file; installing the same versions with npm install");
  const loose = await runCommand(program, [...before, "install", "--no-save", ...options], { quiet: true });
  if (loose.code !== 0) throw new Stop(`${loose.output}\nnpm install failed`);
  return undefined;
}

/** npm writes its own record last of all, so an interrupted installation does not look finished. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const { packages: installed } = JSON.parse(readFileSync(INSTALLED, "utf8"));
  const { packages: wanted } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  return Object.entries(wanted).every(
    ([name, { version, optional, peer, link }]) =>
      name === "" || link || installed[name]?.version === version || ((optional || peer) && !installed[name]),
  );
}
