import path from "node:path";
import { projectEnv, projectNode } from "./install.mjs";
import { mustRun } from "./run-command.mjs";
import { hashOf, unlessStamped } from "./stamp.mjs";

const SCHEMA = "prisma/schema";
const SOURCES = ["app", "components", "lib", "public", "proxy.ts", "next.config.mjs", "postcss.config.mjs"];
const PINS = ["package.json", "package-lock.json", "tsconfig.json"];
const isTest = (file) => /\.test\.tsx?$/.test(file);

/** The folder that the production build goes to. */
export const distFolder = () => process.env.PENSTOCK_DIST_DIR ?? ".next";

/** Generates the Prisma client if the schema has changed. */
export function generateClient() {
  return unlessStamped({
    stamp: "generated/stamp",
    hash: hashOf([SCHEMA, "package-lock.json"]),
    work: () =>
      mustRun(projectNode(), ["node_modules/prisma/build/index.js", "generate"], {
        quiet: true,
        env: projectEnv(),
      }),
  });
}

/** Builds the application if a source of it has changed. */
export function buildApplication() {
  return unlessStamped({
    stamp: path.join(distFolder(), "penstock-stamp"),
    hash: hashOf([...SOURCES, SCHEMA, ...PINS], (file) => !isTest(file)),
    work: () =>
      mustRun(projectNode(), ["node_modules/next/dist/bin/next", "build"], {
        quiet: true,
        env: { ...projectEnv(), NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
      }),
  });
}
