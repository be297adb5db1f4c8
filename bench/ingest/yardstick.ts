import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import type { Ctx } from "#lib/context.ts";
import { ingestEvent } from "#lib/ingest/index.ts";
import { findPostgres } from "#tests/services.ts";
import { NUMBER, SESSION, SESSIONS, TEMPLATES } from "./sample.ts";

/** The LSN before that of the event that the product is watched with: nothing else in its statement looks like it. */
const HEAD_BEFORE = 987_654_320;
const LSN = String(HEAD_BEFORE + 1);

/** A statement as the product sent it. */
export type Sent = { text: string; values: unknown[] };

/** How the yardstick numbers its events: as the product must, by a row locked until commit, or as nobody could. */
export type Numbering = "locked row" | "sequence";

/**
 * What the product itself sends for one event: the statement that writes the row of the log and every derived one.
 * @param ctx of a fresh database.
 */
export async function watchStatement(ctx: Ctx): Promise<Sent> {
  await ctx.db.$executeRaw`update "LogHead" set "lsn" = ${HEAD_BEFORE}`;
  const watched: Sent[] = [];
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const query = prototype.query;
  prototype.query = function (this: unknown, ...args) {
    const [sent] = args as [Partial<Sent>?];
    if (sent?.text?.includes('insert into "Event"'))
      watched.push({ text: sent.text, values: [...(sent.values ?? [])] });
    return query.apply(this, args);
  };
  try {
    await ingestEvent({ ctx, input: JSON.parse(TEMPLATES[0] ?? "") });
  } finally {
    prototype.query = query;
  }
  const [only, ...more] = watched;
  if (!only || more.length > 0) throw new Error(`One event took ${watched.length} statements`);
  return only;
}

/**
 * The product's statement as scripts for pgbench, one for each text: the same rows into the same tables, in one round
 * trip and without what the product does beside (looking for duplicates, counting events by minute, waking readers).
 */
export function writeScripts(sent: Sent, numbering: Numbering, folder: string): string[] {
  const head =
    numbering === "sequence"
      ? `select nextval('bench_lsn') as "lsn"`
      : `update "LogHead" set "lsn" = "lsn" + 1 where "id" = 1 returning "lsn"`;
  const rest = withoutCte(withoutCte(sent.text, "ingest_head"), "ingest_volume");
  const [first, other] = [rest.indexOf("with "), rest.lastIndexOf("select pg_notify(")];
  if (first !== 0 || other < 0)
    throw new Error("The product's statement has another shape than is known here");
  const statement = `with ingest_head as (${head}), ${rest.slice(5, other)} select 1`;
  return TEMPLATES.map((template, at) => {
    const swap = swapper(TEMPLATES[0] ?? "", template);
    const sql = statement.replace(/\$(\d+)/g, (_all, index) => sqlOf(sent.values[Number(index) - 1], swap));
    const file = path.join(folder, `${numbering.replace(" ", "-")}-${at}.sql`);
    const sets = `\\set id random(1, 9000000000000000)\n\\set sid random(0, ${SESSIONS - 1})\n`;
    writeFileSync(file, `${sets}${sql.replace(/\s*\n\s*/g, " ")};\n`);
    return file;
  });
}

/** The text of a statement without one of its CTEs. */
function withoutCte(text: string, name: string): string {
  const start = text.indexOf(`${name} as (`);
  if (start < 0) throw new Error(`The product's statement has no ${name}`);
  let depth = 0;
  for (let at = text.indexOf("(", start); at < text.length; at++) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")") depth -= 1;
    if (depth === 0) return text.slice(0, start) + text.slice(at + 1).replace(/^\s*,\s*/, "");
  }
  throw new Error(`${name} does not end`);
}

/** Puts what sets one template apart in the place of what sets the other apart. */
function swapper(from: string, to: string): (text: string) => string {
  const [old, young] = [JSON.parse(from), JSON.parse(to)];
  return (text) =>
    text
      .replaceAll(old.payload.text, young.payload.text)
      .replaceAll(`"${old.agent_id}"`, `"${young.agent_id}"`)
      .replaceAll(`"${old.event_type}"`, `"${young.event_type}"`)
      .replaceAll(`ingest:${old.event_type}`, `ingest:${young.event_type}`);
}

/** A value as SQL, with the event's number, session and LSN filled in by the database. */
function sqlOf(value: unknown, swap: (text: string) => string): string {
  if (typeof value === "number") return String(value);
  // pgbench takes a colon before a letter for a variable.
  const text = swap(String(value))
    .replace(/":(true|false|null)/g, '": $1')
    .replace(/:(?=[a-z_])/gi, "\\u003a");
  const places = [
    [NUMBER, `lpad(:id::text, ${NUMBER.length}, '0')`],
    [SESSION, `lpad(:sid::text, ${SESSION.length}, '0')`],
    [LSN, `(select "lsn"::text from ingest_head)`],
  ] as const;
  const literal = `'${text.replaceAll("'", "''")}'`;
  return places
    .filter(([mark]) => text.includes(mark))
    .reduce((sql, [mark, by]) => `replace(${sql}, '${mark}', ${by})`, literal);
}

/** Transactions a second of pgbench with these scripts. @throws Error if any failed. */
export async function pgbench(url: string, scripts: string[], seconds: number, clients = 8): Promise<number> {
  const program = path.join(findPostgres() ?? "", "pgbench");
  const files = scripts.flatMap((file) => ["-f", file]);
  const how = ["-n", "-M", "prepared", "-c", String(clients), "-j", "2", "-T", String(seconds)];
  const { stdout, stderr } = await promisify(execFile)(program, [...how, ...files, url], {
    maxBuffer: 64 * 1_048_576,
    // Otherwise every connection plans each script five times before it keeps a plan.
    env: { ...process.env, PGOPTIONS: "-c plan_cache_mode=force_generic_plan" },
  });
  const tps = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
  if (!tps || /aborted|ERROR/.test(stderr)) throw new Error(`pgbench failed:\n${stdout}\n${stderr}`);
  return tps;
}
