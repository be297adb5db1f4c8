import { limits } from "#lib/limits.ts";
import { reach } from "#lib/outbound.ts";
import type { TablePort } from "../connector.ts";
import { openSocket } from "../network/open-socket.ts";
import { secureSocket, tlsOptionsOf } from "../network/secure-socket.ts";
import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import { type StageToTry, tryStages } from "../staged-check.ts";
import { listTables } from "./catalogue.ts";
import { placeOf, setSession, signIn } from "./connect-snowflake.ts";
import { readGrants, streamName } from "./discover-snowflake.ts";
import { explainSnowflake } from "./explain-snowflake.ts";
import { storedName } from "./names.ts";
import { tableSql } from "./select-snowflake.ts";

/** Tables that are tried before it is said that none may be read. */
const TRIED = 20;

/** Tries an account stage by stage. The network is tried by ourselves: the library would go on trying for minutes. */
export const checkSnowflake: TablePort<SnowflakeSourceConfig>["check"] = async ({ config }, options = {}) => {
  const late = AbortSignal.timeout(limits.checkMs);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  const open: { close: () => void }[] = [];
  try {
    return await tryStages(
      stagesOf(config, signal, open),
      (stage, error) => explainSnowflake(config, stage, late.aborted ? late.reason : error),
      options,
    );
  } finally {
    for (const each of open) each.close();
  }
};

function stagesOf(
  config: SnowflakeSourceConfig,
  signal: AbortSignal,
  open: { close: () => void }[],
): StageToTry[] {
  const place = placeOf(config);
  let target: Awaited<ReturnType<typeof reach>>;
  let socket: Awaited<ReturnType<typeof openSocket>>;
  let link: Awaited<ReturnType<typeof signIn>>;
  let table: string | undefined;
  const stage = (name: StageToTry["stage"], run: () => Promise<string>): StageToTry => ({ stage: name, run });
  return [
    stage("resolve", async () => {
      target = await reach(place);
      return `${place.host} is ${target.address}.`;
    }),
    stage("connect", async () => {
      socket = await openSocket(target, signal);
      open.push({ close: () => socket.destroy() });
      return `${place.host} answers on port ${place.port}.`;
    }),
    stage("tls", async () => {
      if (!place.encrypted) return "Not encrypted, as the address says.";
      const secure = await secureSocket(
        socket,
        tlsOptionsOf({ mode: "verify-full", host: place.host }),
        signal,
      );
      return `Encrypted with ${secure.getProtocol()}; the certificate is this host's.`;
    }),
    stage("authenticate", async () => {
      link = await signIn(config, signal);
      open.push(link);
      return `Signed in as ${config.username} with the role ${storedName(config.role)}.`;
    }),
    stage("database", async () => {
      await setSession(config, link);
      const [warehouse, database, schema] = [config.warehouse, config.database, config.schema].map(
        storedName,
      );
      return `The warehouse ${warehouse} and the schema ${database}.${schema} are there.`;
    }),
    stage("privileges", async () => {
      const tables = await listTables(link, config, { limit: TRIED });
      let refused: unknown;
      for (const name of tables) {
        try {
          await link.query(`SELECT 1 FROM ${tableSql(config, name)} LIMIT 0`);
          table = name;
          return `The role may read ${streamName(config, name)}.`;
        } catch (error) {
          signal.throwIfAborted();
          refused ??= error;
        }
      }
      if (refused) throw refused;
      return `The role sees no table. If there are some, it needs: ${readGrants(config)}`;
    }),
    stage("first_row", async () => {
      if (table === undefined) return "There is nothing to read yet.";
      const rows = await link.query(`SELECT * FROM ${tableSql(config, table)} LIMIT 1`);
      const name = streamName(config, table);
      return rows.length > 0 ? `Read a row of ${name}.` : `${name} is empty.`;
    }),
  ];
}
