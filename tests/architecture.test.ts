import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { code, readSources } from "./sources.ts";

const product = readSources(["lib", "components", "app", "scripts", "server.ts", "proxy.ts"]);
const everything = readSources(
  ["lib", "components", "app", "scripts", "tests", "e2e", "bench", "server.ts", "proxy.ts"],
  { tests: true },
);
const modules = product.filter(({ file }) => /^lib\/[^/]+\//.test(file));
const moduleOf = (file: string) => file.split("/")[1] ?? "";

/** Transactions without a permission or an audit entry of their own, and why that is right. */
const NO_PERMISSION: Record<string, string> = {
  "lib/auth/first-run.ts": "nobody can sign in before it has run",
  "lib/auth/invite-administrator.ts": "called by the operator's script alone",
  "lib/auth/oidc.ts": "somebody signs in: there are no roles yet to ask about",
  "lib/memory/fill-vectors.ts": "the process keeps a cache, nobody asks it to",
  "lib/memory/find-near.ts": "a part of a query, which has asked; it only reads, and not for long",
  "lib/memory/vector-store.ts": "the process makes the place for a cache",
  "lib/notices/note-left-out.ts": "the process puts down what channels asked for, nobody asks it to",
  "lib/notices/open-lineage.ts": "the process puts down what channels asked for, nobody asks it to",
  "lib/proposals/rebase-proposal.ts": "a step of applying, which has asked",
  "lib/proposals/record-answer.ts": "a step of proposing, which has asked",
  "lib/rate-limit/take-slot.ts": "callers are counted before they are known",
  "lib/runs/unnoted-runs.ts": "the process notes which runs were put down",
  "lib/settings/create-tenant.ts": "called by the first start and the operator's script alone",
};
const NO_AUDIT: Record<string, string> = {
  "lib/auth/oidc.ts": "somebody's first sign-in belongs to no tenant, in whose chain it could stand",
  "lib/memory/fill-vectors.ts": "a cache of what the log says is nothing that anybody did",
  "lib/memory/find-near.ts": "it only reads",
  "lib/memory/vector-store.ts": "the place for a cache is nothing that anybody did",
  "lib/notices/note-left-out.ts": "a message to a channel changes nothing that anybody did",
  "lib/notices/open-lineage.ts": "a message to a channel changes nothing that anybody did",
  "lib/rate-limit/take-slot.ts": "a counter is nothing that anybody did",
  "lib/runs/remove-source.ts": "deleting, a verb of another room, leaves it",
  "lib/runs/unnoted-runs.ts": "that a run was put down is nothing that anybody did",
};

/** Route files that another library answers. */
const FOREIGN_ROUTES = ["app/api/auth/[...nextauth]/route.ts"];

const LINES_MAX = 300;

describe("the sources", () => {
  test("are there to be read", () => {
    expect(modules.length).toBeGreaterThan(30);
  });

  test(`have at most ${LINES_MAX} lines each`, () => {
    const long = product.filter(({ text }) => text.split("\n").length - 1 > LINES_MAX);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  test("read the environment in one place", () => {
    const allowed = /^(lib\/env\.ts|scripts\/.*\.mjs)$/;
    // A library may want to be told something by it, which is no reading.
    const telling = /Object\.assign\(process\.env,/g;
    const readers = product.filter(
      (source) =>
        !allowed.test(source.file) &&
        /process\.env(?!\.NEXT_PUBLIC_)/.test(code(source).replace(telling, "")),
    );
    expect(readers.map(({ file }) => file)).toEqual([]);
  });

  test("are named in kebab-case, and never after a drawer", () => {
    const vague = /(^|[/-])(utils?|helpers?|common|services?|managers?|misc)([./-]|$)/;
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
    const badly = product.filter(({ file }) => vague.test(file) || !kebab.test(path.basename(file)));
    expect(badly.map(({ file }) => file)).toEqual([]);
  });

  test("give a named skeleton a role: without one a name is not allowed, and no screen reader says it", () => {
    const mute = /<Skeleton(?![^>]*\brole=)[^>]*\baria-label=/;
    expect(product.filter(({ text }) => mute.test(text)).map(({ file }) => file)).toEqual([]);
  });

  test("have named exports on their faces", () => {
    const starred = modules.filter((source) => /export \*/.test(code(source)));
    expect(starred.map(({ file }) => file)).toEqual([]);
  });

  test("leave nothing to do later, and no test out", () => {
    const later = /\b(T[O]DO|FIX[M]E|X[X]X)\b/;
    const left = everything.filter(({ text }) => later.test(text));
    const focused = everything.filter((source) => /\b(test|it|describe)\.(only|todo)\(/.test(code(source)));
    expect([...left, ...focused].map(({ file }) => file)).toEqual([]);
  });
});

describe("the database", () => {
  test("is opened by lib/db.ts alone", () => {
    const openers = product.filter(
      (source) =>
        !/^(lib\/db\.ts|scripts\/schema-engine\/)/.test(source.file) &&
        /new PrismaClient|PGlite\.create|from "@prisma\/(client|adapter-pg)"/.test(code(source)),
    );
    expect(openers.map(({ file }) => file)).toEqual([]);
  });

  test("is touched by each module in its own tables only", () => {
    const owners = tableOwners();
    expect(owners.size).toBeGreaterThan(15);
    const trespasses = modules.flatMap((source) =>
      tablesTouched(code(source), owners)
        .filter((table) => owners.get(table) !== moduleOf(source.file))
        .map((table) => `${source.file} touches ${table} of ${owners.get(table)}`),
    );
    expect(trespasses).toEqual([]);
  });

  test("is changed in transactions that ask for permission and leave an audit entry", () => {
    const opening = modules.filter((source) => /\$transaction\(/.test(code(source)));
    expect(opening.length).toBeGreaterThan(0);
    const without = (word: RegExp, allowed: Record<string, string>) =>
      opening
        .filter(
          (source) => !(source.file in allowed) && !withNeighbours(source).some((text) => word.test(text)),
        )
        .map(({ file }) => file);
    expect(without(/requirePermission\(/, NO_PERMISSION), "no permission is asked for").toEqual([]);
    expect(without(/emitAudits?\(/, NO_AUDIT), "no audit entry is left").toEqual([]);
  });

  test("has no exception here that is no longer needed", () => {
    const known = new Set(modules.map(({ file }) => file));
    const gone = [...Object.keys(NO_PERMISSION), ...Object.keys(NO_AUDIT)].filter((file) => !known.has(file));
    expect(gone).toEqual([]);
  });
});

describe("the doors", () => {
  const doors = product.filter(({ file }) => /^app\/.*\/route\.ts$/.test(file));

  test("are declared with routes(), and nothing else", () => {
    const undeclared = doors.filter(
      (source) => !FOREIGN_ROUTES.includes(source.file) && !/= routes\(/.test(code(source)),
    );
    expect(undeclared.map(({ file }) => file)).toEqual([]);
  });

  test("declare the path they stand at", () => {
    const misplaced = doors
      .filter(({ file }) => !FOREIGN_ROUTES.includes(file))
      .filter((source) => {
        const at = path
          .dirname(source.file)
          .replace(/^app/, "")
          .replace(/\/\([^)]+\)/g, "")
          .replace(/\[(?:\.\.\.)?([^\]]+)\]/g, "{$1}");
        return !code(source)
          .replace(/routes\(\s+/g, "routes(")
          .includes(`routes("${at}"`);
      });
    expect(misplaced.map(({ file }) => file)).toEqual([]);
  });
});

/** Each table's client name and the module that owns it: the name of the file that defines it. */
function tableOwners(): Map<string, string> {
  const folder = "prisma/schema";
  const pairs = readdirSync(folder).flatMap((file) =>
    [...readFileSync(path.join(folder, file), "utf8").matchAll(/^model (\w+) \{/gm)].map(
      ([, model = ""]) =>
        [model.charAt(0).toLowerCase() + model.slice(1), file.replace(".prisma", "")] as const,
    ),
  );
  return new Map(pairs);
}

/** A file's code and that of the files beside it which it imports: a step of a verb may have a file of its own. */
function withNeighbours(source: { file: string; text: string }): string[] {
  const beside = [...source.text.matchAll(/from "(\.[^"]+\.ts)"/g)].map(([, from = ""]) =>
    path.join(path.dirname(source.file), from),
  );
  return [source, ...modules.filter(({ file }) => beside.includes(file))].map(code);
}

/** The tables that a file reads or writes, through the client or by their quoted name in SQL. */
function tablesTouched(text: string, owners: Map<string, string>): string[] {
  const byClient = [...text.matchAll(/\b(?:db|tx|client)\.(\w+)\s*\.\w+\(/g)].map(([, name = ""]) => name);
  const inSql = [...text.matchAll(/\b(?:from|join|into|update|table)\s+"(\w+)"/gi)].map(
    ([, name = ""]) => name.charAt(0).toLowerCase() + name.slice(1),
  );
  return [...new Set([...byClient, ...inSql])].filter((name) => owners.has(name));
}
