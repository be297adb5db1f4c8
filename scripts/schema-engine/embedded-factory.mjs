import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import pg from "pg";

/** PostgreSQL's one-byte "char", which the catalogue queries return and adapter-pg has no mapping for. */
const CHAR_OID = 18;
const VARCHAR_OID = 1043;

/** Gives the engine databases that live in this process's memory: migrations are replayed there, never on a server. */
export function embeddedFactory() {
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: openEmbedded,
    connectToShadowDb: openEmbedded,
  };
}

async function openEmbedded() {
  const lite = await PGlite.create({ extensions: { pg_trgm } });
  const config = createPgConfig(lite);
  // adapter-pg hands over a parser object where the embedded engine wants a list of type ids.
  const parse = config.connection.parse.bind(config.connection);
  config.connection.parse = (query) =>
    parse({ ...query, types: Array.isArray(query.types) ? query.types : undefined });
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 0, max: 1 });
  const adapter = await new PrismaPg(pool).connect();
  mapCharColumns(adapter);
  sendScriptsWhole(adapter);
  const dispose = adapter.dispose.bind(adapter);
  adapter.dispose = async () => {
    await dispose();
    await pool.end();
    await lite.close();
  };
  return adapter;
}

function mapCharColumns(adapter) {
  let charColumns = [];
  const performIO = adapter.performIO.bind(adapter);
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    charColumns = (result.fields ?? []).map(({ dataTypeID }) => dataTypeID === CHAR_OID);
    result.fields = result.fields?.map((field) =>
      field.dataTypeID === CHAR_OID ? { ...field, dataTypeID: VARCHAR_OID } : field,
    );
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    result.columnTypes = result.columnTypes.map((type, at) =>
      charColumns[at] ? ColumnTypeEnum.Character : type,
    );
    return result;
  };
}

/** adapter-pg splits a script at semicolons, which breaks the bodies of functions. */
function sendScriptsWhole(adapter) {
  adapter.executeScript = async (script) => {
    try {
      await adapter.underlyingDriver().query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
}
