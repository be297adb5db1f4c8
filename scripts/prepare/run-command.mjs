import { spawn } from "node:child_process";
import { Stop } from "./progress.mjs";

const children = new Set();

/** Ends what is still running when this script is told to stop, so that nothing outlives it. */
export function stopChildren(signal) {
  for (const child of children) child.kill(signal);
}

/**
 * Runs a program to its end, its output shown as it comes.
 * @param {string} program
 * @param {string[]} parameters
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options] quiet: the output is kept, and shown on failure only
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runCommand(program, parameters, { env = process.env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      env,
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    children.add(child);
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", (error) => reject(new Stop(`${program} cannot be run: ${error.message}`)));
    child.once("close", (code, signal) => {
      children.delete(child);
      resolve({ code: code ?? (signal ? 1 : 0), output });
    });
  });
}

/** Runs a program that has to succeed. @throws {Stop} with the output if it does not. */
export async function mustRun(program, parameters, options = {}) {
  const { code, output } = await runCommand(program, parameters, options);
  if (code !== 0) throw new Stop(`${output}\n${program} ${parameters.join(" ")} ended with code ${code}`);
}
