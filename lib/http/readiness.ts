import path from "node:path";
import { openDatabase } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { readMigrations } from "#lib/migrate.ts";

/** Longest that the question may take: a probe wants an answer, not a queue. */
const ANSWER_MS = 3_000;

/**
 * Whether this node can serve: its database answers and has every migration of this build.
 * @throws AppError `unavailable` with what is missing.
 */
export async function checkReadiness(): Promise<{ status: "ready"; migrations: number }> {
  const wanted = readMigrations(path.resolve("prisma/migrations")).map((migration) => migration.name);
  const applied = await withinTime(appliedMigrations());
  const missing = wanted.filter((name) => !applied.has(name));
  if (missing.length > 0) throw new AppError("unavailable", `Migrations are missing: ${missing.join(", ")}.`);
  return { status: "ready", migrations: applied.size };
}

async function appliedMigrations(): Promise<Set<string>> {
  const { db } = await openDatabase();
  const rows = await db.$queryRaw<{ migration_name: string }[]>`
    select migration_name from _prisma_migrations where finished_at is not null and rolled_back_at is null`;
  return new Set(rows.map((row) => row.migration_name));
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), ANSWER_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    throw new AppError("unavailable", "The database cannot be reached.", { cause });
  } finally {
    clearTimeout(timer);
  }
}
