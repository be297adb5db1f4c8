import { defineConfig } from "vitest/config";

const folders = "{lib,components,app,tests,scripts,bench}";
const shared = {
  setupFiles: ["./tests/setup.ts"],
  pool: "forks" as const,
  // What is waited for comes when the machine has time for it.
  expect: { poll: { timeout: 20_000 } },
  testTimeout: 30_000,
  hookTimeout: 90_000,
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: [`${folders}/**/*.test.{ts,tsx}`],
          exclude: ["**/*.db.test.ts", "**/node_modules/**"],
          globalSetup: ["./tests/temporary-folder.ts"],
        },
      },
      {
        test: {
          ...shared,
          name: "db",
          include: [`${folders}/**/*.db.test.ts`],
          globalSetup: ["./tests/temporary-folder.ts", "./tests/postgres-once.ts"],
          // One process keeps its two engines open over all its files; nothing is mocked, so nothing leaks between them.
          isolate: false,
        },
      },
    ],
  },
});
