import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { reach } from "#lib/outbound.ts";
import type { TablePort } from "../connector.ts";
import { codedError } from "../network/coded-error.ts";
import type { MysqlSourceConfig } from "../specs/mysql.ts";
import { type StageToTry, tryStages } from "../staged-check.ts";
import { describeTables, listTables } from "./catalogue.ts";
import { type Greeted, greet, type MysqlLink, setSession, signIn } from "./connect-mysql.ts";
import { streamName } from "./discover-mysql.ts";
import { explainMysql } from "./explain-mysql.ts";
import { quoteName } from "./quote.ts";

/** Tables that are tried before it is said that none may be read. */
const TRIED = 20;

/** Tries a server stage by stage. */
export const checkMysql: TablePort<MysqlSourceConfig>["check"] = async ({ config }, options = {}) => {
  const late = AbortSignal.timeout(limits.checkMs);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  const attempt = new Attempt(config, signal);
  try {
    const explain = (stage: Parameters<typeof explainMysql>[1], error: unknown) =>
      explainMysql(config, stage, late.aborted ? late.reason : error);
    return await tryStages(attempt.stages(), explain, options);
  } finally {
    attempt.close();
  }
};

/** What one stage finds and the next one goes on with. */
class Attempt {
  readonly #config: MysqlSourceConfig;
  readonly #signal: AbortSignal;
  #greeted: Greeted | undefined;
  #signed: Promise<MysqlLink> | undefined;
  #link: MysqlLink | undefined;
  #table: string | undefined;

  constructor(config: MysqlSourceConfig, signal: AbortSignal) {
    this.#config = config;
    this.#signal = signal;
  }

  close(): void {
    this.#link?.close();
    this.#greeted?.socket.destroy();
  }

  stages(): StageToTry[] {
    return [
      { stage: "resolve", run: () => this.#resolve() },
      { stage: "connect", run: () => this.#connect() },
      { stage: "tls", run: () => this.#encrypt() },
      { stage: "authenticate", run: () => this.#authenticate() },
      { stage: "database", run: () => this.#use() },
      { stage: "privileges", run: () => this.#mayRead() },
      { stage: "first_row", run: () => this.#readRow() },
    ];
  }

  async #resolve(): Promise<string> {
    const { host, address } = await reach({ host: this.#config.host, port: this.#config.port });
    return host === address ? `${host} is an address.` : `${host} is ${address}.`;
  }

  async #connect(): Promise<string> {
    this.#greeted = await greet(this.#config, this.#signal);
    const { version, mariadb } = this.#greeted.greeting;
    return `${mariadb ? "MariaDB" : "MySQL"} ${version} answers on port ${this.#config.port}.`;
  }

  /** The library encrypts and signs in at one go; this stage ends between the two. */
  #encrypt(): Promise<string> {
    const greeted = this.#greeted as Greeted;
    const { ssl } = this.#config;
    return new Promise((resolve, reject) => {
      const signal = this.#signal;
      const signed = signIn(this.#config, greeted, {
        signal,
        onSecure: (secure) => {
          const { name } = secure.getCipher();
          const proven =
            ssl === "verify" ? "the certificate is this host's" : "the certificate was not checked";
          resolve(`Encrypted with ${secure.getProtocol()} (${name}); ${proven}.`);
        },
      });
      this.#signed = signed;
      if (ssl === "disable" || (ssl === "prefer" && !greeted.greeting.tls)) {
        signed.catch(() => undefined);
        resolve(
          ssl === "disable" ? "Not encrypted, as asked for." : "Not encrypted: the server offers none.",
        );
      } else signed.catch(reject);
    });
  }

  async #authenticate(): Promise<string> {
    try {
      this.#link = await (this.#signed as Promise<MysqlLink>);
    } catch (error) {
      throw (await this.#worksEncrypted())
        ? codedError("ER_SECURE_TRANSPORT_REQUIRED", messageOf(error))
        : error;
    }
    await setSession(this.#link);
    const [row] = await this.#link.query("SELECT CURRENT_USER()");
    return `Signed in as ${row?.[0] ?? this.#config.username}.`;
  }

  /** MariaDB refuses an account that must not come without encryption like one with a wrong password. */
  async #worksEncrypted(): Promise<boolean> {
    if (this.#config.ssl !== "disable" || !this.#greeted?.greeting.tls) return false;
    try {
      const config: MysqlSourceConfig = { ...this.#config, ssl: "require" };
      (await signIn(config, await greet(config, this.#signal), { signal: this.#signal })).close();
      return true;
    } catch {
      return false;
    }
  }

  async #use(): Promise<string> {
    const { database } = this.#config;
    await this.#query(`USE ${quoteName(database)}`);
    const [row] = await this.#query("SELECT @@read_only");
    return `The database ${database} is there${row?.[0] === "1" ? "; the server is read only, which is enough" : ""}.`;
  }

  async #mayRead(): Promise<string> {
    const { database } = this.#config;
    const tables = await listTables(this.#link as MysqlLink, { database, limit: TRIED });
    let refused: unknown;
    for (const { name } of tables) {
      try {
        await this.#query(`SELECT 1 FROM ${quoteName(database)}.${quoteName(name)} LIMIT 0`);
        this.#table = name;
        return `The account may read ${streamName(database, name)}.`;
      } catch (error) {
        this.#signal.throwIfAborted();
        refused ??= error;
      }
    }
    if (refused) throw refused;
    if (await this.#mayReadAll()) return `The account may read all of ${database}.`;
    const [row] = await this.#query("SELECT CURRENT_USER()");
    const [user = "", host = "%"] = (row?.[0] ?? "").split("@");
    throw Object.assign(new Error(`No table of ${database} is visible to user '${user}'@'${host}'`), {
      errno: 1142,
    });
  }

  /** Of a database without a table only the grants tell whether one could be read. */
  async #mayReadAll(): Promise<boolean> {
    const { database } = this.#config;
    const rows = await this.#query("SHOW GRANTS");
    const places = ["*.*", `${quoteName(database)}.*`, `${quoteName(database.replaceAll("_", "\\_"))}.*`];
    return rows.some(([grant]) => {
      const match = /^GRANT (.*) ON (.*) TO /.exec(grant ?? "");
      return (
        match !== null &&
        /\b(SELECT|ALL PRIVILEGES)\b/.test(match[1] ?? "") &&
        places.includes(match[2] ?? "")
      );
    });
  }

  async #readRow(): Promise<string> {
    const { database } = this.#config;
    if (this.#table === undefined) return `${database} has no tables yet.`;
    const name = streamName(database, this.#table);
    const [table] = await describeTables(this.#link as MysqlLink, database, [this.#table]);
    const columns = table?.columns.map((column) => quoteName(column.name)).join(",") || "*";
    const rows = await this.#query(
      `SELECT ${columns} FROM ${quoteName(database)}.${quoteName(this.#table)} LIMIT 1`,
    );
    return rows.length > 0 ? `Read a row of ${name}.` : `${name} is empty.`;
  }

  #query(sql: string): Promise<(string | null)[][]> {
    return (this.#link as MysqlLink).query(sql);
  }
}
