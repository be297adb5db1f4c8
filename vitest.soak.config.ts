import { defineConfig } from "vitest/config";

/** The long sets: `npm run test:soak`. Their result goes into bench/results.md. */
export default defineConfig({
  test: {
    include: ["tests/*.soak.ts"],
    setupFiles: ["./tests/setup.ts"],
    globalSetup: ["./tests/temporary-folder.ts", "./tests/postgres-once.ts"],
    pool: "forks",
  },
});
