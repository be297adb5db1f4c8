import { connectionUrl, type Place } from "./connection-url.ts";
import type { Written } from "./given.ts";
import { unquoted } from "./pairs.ts";

type Flags = Readonly<Record<string, string>>;

const PSQL: Flags = {
  h: "host",
  host: "host",
  p: "port",
  port: "port",
  U: "username",
  username: "username",
  d: "database",
  dbname: "database",
};
const MYSQL: Flags = {
  h: "host",
  host: "host",
  P: "port",
  port: "port",
  u: "username",
  user: "username",
  p: "password",
  password: "password",
  D: "database",
  database: "database",
};
const SNOWSQL: Flags = {
  a: "account",
  accountname: "account",
  u: "username",
  username: "username",
  d: "database",
  dbname: "database",
  s: "schema",
  schemaname: "schema",
  w: "warehouse",
  warehouse: "warehouse",
  r: "role",
  rolename: "role",
};

const PROGRAMS: Readonly<Record<string, { connector: string; flags: Flags; behind: readonly string[] }>> = {
  psql: { connector: "postgres", flags: PSQL, behind: ["database", "username"] },
  pg_dump: { connector: "postgres", flags: PSQL, behind: ["database"] },
  mysql: { connector: "mysql", flags: MYSQL, behind: ["database"] },
  mariadb: { connector: "mysql", flags: MYSQL, behind: ["database"] },
  mysqldump: { connector: "mysql", flags: MYSQL, behind: ["database"] },
  snowsql: { connector: "snowflake", flags: SNOWSQL, behind: [] },
};

/** Reads the command with which one would open the source: `psql -h db -U reader shop`, `mysql -h db -pSecret shop`. */
export function commandLine(text: string): Place | undefined {
  const words = shellWords(text.trim().replace(/^\$ /, ""));
  const variables: Written = {};
  while (words[0] && /^PGPASSWORD=|^MYSQL_PWD=/.test(words[0]))
    variables.password = unquoted(words.shift()?.split("=").slice(1).join("=") ?? "");
  const program = PROGRAMS[words.shift() ?? ""];
  if (!program || words.length === 0) return undefined;
  const written: Written = variables;
  const behind = [...program.behind];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const url = connectionUrl(word);
    if (url?.connector === program.connector) Object.assign(written, url.written);
    else if (word.startsWith("-")) {
      const flag = readFlag(word, program.flags);
      if (!flag) return undefined;
      // `-p` of mysql alone asks for the password: its next word is something else.
      const asks = flag.value === undefined && program.flags === MYSQL && flag.field === "password";
      if (asks) continue;
      const value = flag.value ?? words.shift();
      if (value === undefined) return undefined;
      written[flag.field] = value;
    } else {
      const field = behind.find((name) => written[name] === undefined);
      if (!field) return undefined;
      written[field] = word;
    }
  }
  const usual = program.connector === "postgres" ? "5432" : "3306";
  if (program.flags !== SNOWSQL && written.host !== undefined) written.port ??= usual;
  return Object.keys(written).length > 0 ? { connector: program.connector, written } : undefined;
}

function readFlag(word: string, flags: Flags): { field: string; value?: string } | undefined {
  const long = /^--([\w-]+)(?:=([\s\S]*))?$/.exec(word);
  if (long) {
    const field = flags[(long[1] ?? "").replaceAll("-", "")] ?? flags[long[1] ?? ""];
    return field && (long[1] ?? "").length > 1
      ? { field, ...(long[2] !== undefined && { value: long[2] }) }
      : undefined;
  }
  const short = /^-(\w)([\s\S]*)$/.exec(word);
  const field = short && Object.hasOwn(flags, short[1] ?? "") ? flags[short[1] ?? ""] : undefined;
  return field ? { field, ...(short?.[2] && { value: short[2] }) } : undefined;
}

/** The words of a command, as a shell splits them: quotes hold words together. */
function shellWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double?.replace(/\\(.)/g, "$1") ?? single ?? "",
    ),
  );
}
