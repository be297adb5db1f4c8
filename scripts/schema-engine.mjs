#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which the CLI would download from its own host: the same engine from npm,
// compiled to WebAssembly, behind the same words on the command line and the same JSON-RPC lines on standard input.
import { createRequire } from "node:module";
import readline from "node:readline";
import { openEngine } from "./schema-engine/engine.mjs";

const parameters = process.argv.slice(2);
if (parameters.includes("--version")) {
  const { enginesVersion } = createRequire(import.meta.url)("@prisma/engines-version");
  process.stdout.write(`schema-engine ${enginesVersion}\n`);
  process.exit(0);
}
const datamodels = parameters.flatMap((word, at) =>
  word === "--datamodels" || word === "-d" ? [parameters[at + 1]] : [],
);

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
/** Ids of the requests that we send to the CLI; far from those that it sends to us. */
let nextPrintId = 1_000_000_000;
let engine;
let queue = Promise.resolve();

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line.trim()) queue = queue.then(() => answer(JSON.parse(line)));
});
lines.on("close", () => queue.then(() => process.exit(0)));

async function answer({ id, method, params }) {
  // A line without a method is the CLI's answer to a print of ours.
  if (!method) return;
  try {
    engine ??= await openEngine(datamodels);
    const result = await engine.call(method, Array.isArray(params) ? params[0] : params);
    send({ id, result: method === "diff" ? printed(result) : (result ?? null) });
  } catch (error) {
    const data = engine
      ? engine.describe(error)
      : { is_panic: false, message: String(error?.stack ?? error) };
    send({
      id,
      error: { code: 4466, message: "An error happened. Check the data field for details.", data },
    });
  }
}

/** The native engine has the CLI print the text of a diff; it is not part of the answer. */
function printed({ stdout, ...rest }) {
  if (stdout != null) send({ id: nextPrintId++, method: "print", params: { content: stdout } });
  return rest;
}
