import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));

/** @type {import("next").NextConfig} */
export default {
  distDir: process.env.PENSTOCK_DIST_DIR ?? ".next",
  poweredByHeader: false,
  reactStrictMode: true,
  agentRules: false,
  devIndicators: false,
  // Types are checked by `npm run typecheck`, tests included; whoever starts the product need not wait for that.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
  env: { NEXT_PUBLIC_PENSTOCK_VERSION: version },
  // These load native code, WebAssembly or files beside themselves: Node requires them at run time, no bundler does.
  serverExternalPackages: [
    "@aws-sdk/client-s3",
    "@azure/storage-blob",
    "@duckdb/node-api",
    "@duckdb/node-bindings",
    "@electric-sql/pglite",
    "@electric-sql/pglite-pgvector",
    "@node-rs/argon2",
    "basic-ftp",
    "mysql2",
    "nodemailer",
    "pg",
    "pg-boss",
    "pg-copy-streams",
    "pg-logical-replication",
    "pino",
    "snowflake-sdk",
    "ssh2-sftp-client",
    "undici",
  ],
  experimental: {
    optimizePackageImports: ["@mantine/core", "@mantine/hooks", "@mantine/charts", "@tabler/icons-react"],
  },
};
