import { defineConfig } from "prisma/config";

// The CLI would download its native schema engine; ours is the same engine compiled to WebAssembly, from npm.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= new URL("./scripts/schema-engine.mjs", import.meta.url).pathname;
process.env.CHECKPOINT_DISABLE = "1";

export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
