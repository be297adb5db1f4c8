import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { buildApplication, generateClient } from "./prepare/build.mjs";
import { checkNode, install, projectNode } from "./prepare/install.mjs";
import { Stop, say, step, totalTime } from "./prepare/progress.mjs";
import { stopChildren } from "./prepare/run-command.mjs";

const USAGE = `npm start                     prepare what is stale, then serve on http://localhost:3000
npm start -- --port 4000      on another port
npm start -- --demo           with a sample file and a pipeline over it`;

const PARENT_CHECK_MS = 1_000;

process.chdir(new URL("..", import.meta.url).pathname);
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => stopChildren(signal));

try {
  await main();
} catch (error) {
  process.stderr.write(error instanceof Stop ? `\n${error.message}\n` : `${error?.stack ?? error}\n`);
  process.exit(1);
}

async function main() {
  const flags = readFlags();
  if (flags.help) return say(USAGE);
  checkNode();
  await step("Installing packages", install);
  await step("Generating the database client", generateClient);
  await step("Building", buildApplication);
  say(`Prepared in ${totalTime()}`);
  serve(flags);
}

function readFlags() {
  try {
    const options = { port: { type: "string" }, demo: { type: "boolean" }, help: { type: "boolean" } };
    const { values } = parseArgs({ options });
    if (values.port && !/^\d{1,5}$/.test(values.port))
      throw new Error(`--port takes a number, not ${values.port}`);
    return values;
  } catch (error) {
    throw new Stop(`${error.message}\n\n${USAGE}`);
  }
}

/** Hands over to the server, on the Node that the project brings, and ends when it ends. */
function serve({ port, demo }) {
  const env = { ...process.env, NODE_ENV: "production", ...(port && { PORT: port }) };
  const parameters = ["--disable-warning=ExperimentalWarning", "server.ts", ...(demo ? ["--demo"] : [])];
  // The channel tells the server that we are gone, even after kill -9: it would hold the data folder as an orphan.
  const server = spawn(projectNode(), parameters, { env, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill("SIGTERM"));
  if (process.env.npm_lifecycle_event) followParent(server);
  server.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

/** npm that is killed takes nobody with it; the server goes when npm is gone. */
function followParent(server) {
  const parent = process.ppid;
  const timer = setInterval(() => process.ppid !== parent && server.kill("SIGTERM"), PARENT_CHECK_MS);
  timer.unref();
}
