#!/usr/bin/env node
// Drop-in for Prisma's native `schema-engine` binary: same argv + JSON-RPC-over-stdio,
// backed by @prisma/schema-engine-wasm (npm) and a JS driver. Needs no download.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";

const require = createRequire(import.meta.url);
const argv = process.argv.slice(2);
const opt = { datamodels: [], datasource: null, cli: null };
for (let i = 0; i < argv.length; i++) {
  const a = argv[i];
  if (a === "--version" || a === "-V") {
    console.log("schema-engine-wasm-shim " + require("@prisma/engines-version").enginesVersion);
    process.exit(0);
  } else if (a === "--datamodels" || a === "-d") opt.datamodels.push(argv[++i]);
  else if (a === "--datasource") opt.datasource = JSON.parse(argv[++i]);
  else if (a === "--enabled-preview-features" || a === "--extension-types") i++;
  else if (a === "cli") opt.cli = argv[++i];
}
const url = opt.datasource?.url || process.env.DATABASE_URL || "";
const log = (level, fields) =>
  process.stderr.write(
    JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target: "schema_engine::logger" }) +
      "\n",
  );

async function whole(client, script) {
  await client.query(script);
} // simple protocol: whole script, implicit tx

async function makeFactory() {
  const { PrismaPg } = require("@prisma/adapter-pg");
  const pg = require("pg");
  const patch = (a) => {
    // adapter-pg splits scripts on ';' which breaks $$ functions: send the script whole
    // adapter-pg 7.10 has no mapping for oid 18 ("char"), which the catalog queries of the describer return
    const performIO = a.performIO.bind(a);
    a.performIO = async (q) => {
      const r = await performIO(q);
      a.__char = r.fields?.some((f) => f.dataTypeID === 18) ? r.fields.map((f) => f.dataTypeID === 18) : null;
      if (a.__char) r.fields = r.fields.map((f) => (f.dataTypeID === 18 ? { ...f, dataTypeID: 1043 } : f));
      return r;
    };
    const queryRaw = a.queryRaw.bind(a);
    a.queryRaw = async (q) => {
      const r = await queryRaw(q);
      if (a.__char) {
        r.columnTypes = r.columnTypes.map((t, i) => (a.__char[i] ? ColumnTypeEnum.Character : t));
        a.__char = null;
      }
      return r;
    };
    a.executeScript = async (s) => {
      try {
        await whole(a.underlyingDriver(), s);
      } catch (e) {
        a.onError(e);
      }
    };
    return a;
  };
  const openLite = async (d) => {
    const { PGlite } = await import("@electric-sql/pglite");
    const { createPgConfig } = await import("@electric-sql/pglite/node-postgres");
    if (d) fs.mkdirSync(d, { recursive: true });
    const { pg_trgm } = await import("@electric-sql/pglite/contrib/pg_trgm");
    const { vector } = await import("@electric-sql/pglite-pgvector").catch(() => ({}));
    const db = await PGlite.create({ dataDir: d, extensions: { pg_trgm, ...(vector && { vector }) } });
    const cfg = createPgConfig(db);
    const parse = cfg.connection.parse.bind(cfg.connection); // adapter-pg hands a parser object where pglite wants an oid list
    cfg.connection.parse = (q) => parse({ ...q, types: Array.isArray(q.types) ? q.types : undefined });
    const pool = new pg.Pool({ ...cfg, connection: cfg.connection, idleTimeoutMillis: 0 });
    const f = new PrismaPg(pool);
    const a = patch(await f.connect());
    const d0 = a.dispose.bind(a);
    a.dispose = async () => {
      await d0();
      await pool.end();
      await db.close();
    };
    return a;
  };
  if (/^(pglite|file):/.test(url) || url === "") {
    const dir = url.replace(/^(pglite|file):(\/\/)?/, "");
    return {
      provider: "postgres",
      adapterName: "pglite-via-pg",
      connect: () => openLite(dir || undefined),
      connectToShadowDb: () => openLite(),
    };
  }
  const cfg = { connectionString: url, max: 1 };
  const at = (db) => {
    const u = new URL(url);
    u.pathname = "/" + db;
    return u.href;
  };
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: async () => patch(await new PrismaPg(cfg).connect()),
    // NOT adapter-pg's own connectToShadowDb: with a connectionString it ignores `database`
    // and replays the migrations on the MAIN database.
    connectToShadowDb: async () => {
      const db = "prisma_migrate_shadow_db_" + crypto.randomUUID();
      const admin = new pg.Client({ connectionString: url });
      await admin.connect();
      // PGlite behind a socket has ONE database: a "shadow" there would be the main one
      if (/PGlite|wasm32/.test((await admin.query("select version() v")).rows[0].v)) {
        await admin.end();
        return openLite();
      }
      await admin.query(`CREATE DATABASE "${db}"`);
      const a = patch(await new PrismaPg({ connectionString: at(db), max: 1 }).connect());
      const d0 = a.dispose.bind(a);
      a.dispose = async () => {
        await d0();
        await admin.query(`DROP DATABASE IF EXISTS "${db}" WITH (FORCE)`);
        await admin.end();
      };
      return a;
    },
  };
}

async function loadWasm() {
  const dir = path.dirname(require.resolve("@prisma/schema-engine-wasm"));
  const js = await import(path.join(dir, "schema_engine_bg.js"));
  const { instance } = await WebAssembly.instantiate(
    fs.readFileSync(path.join(dir, "schema_engine_bg.wasm")),
    { "./schema_engine_bg.js": js },
  );
  js.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return js;
}

if (opt.cli) {
  // can-connect-to-database | create-database
  const pg = require("pg");
  const fail = (e) => {
    process.stderr.write("\n");
    const code = e.code === "3D000" ? "P1003" : e.code === "28P01" ? "P1000" : "P1001";
    log("ERROR", {
      is_panic: false,
      error_code: code,
      message: code === "P1003" ? `Database does not exist: ${e.message}` : e.message || String(e),
    });
    process.exit(1);
  };
  if (/^(pglite|file):/.test(url)) process.exit(0);
  try {
    const u = new URL(url);
    const db = decodeURIComponent(u.pathname.slice(1));
    if (opt.cli === "create-database") u.pathname = "/postgres";
    const c = new pg.Client({ connectionString: u.href, connectionTimeoutMillis: 5000 });
    await c.connect();
    if (opt.cli === "create-database") await c.query(`CREATE DATABASE "${db.replaceAll('"', '""')}"`);
    await c.end();
    process.exit(0);
  } catch (e) {
    fail(e);
  }
}

let enginePromise;
let panic;
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(m) {
    panic = m;
  },
};
const getEngine = () =>
  (enginePromise ??= (async () => {
    const js = await loadWasm();
    const datamodels = opt.datamodels.map((f) => [f, fs.readFileSync(f, "utf8")]);
    const factory = bindMigrationAwareSqlAdapterFactory(await makeFactory());
    registry = factory.errorRegistry;
    const engine = await js.SchemaEngine.new(
      { datamodels: datamodels.length ? datamodels : undefined },
      (l) => {
        if (process.env.DEBUG_ENGINE) process.stderr.write(String(l) + "\n");
      },
      factory,
    );
    return { engine, factory };
  })());
let registry;

const send = (o) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...o }) + "\n");
const names = { getDatabaseVersion: "version" };
let chain = Promise.resolve(),
  nextPrint = 1e9;
const rl = readline.createInterface({ input: process.stdin });
rl.on("line", (line) => {
  if (!line.trim()) return;
  const req = JSON.parse(line);
  if (!req.method) return; // answer to our 'print'
  chain = chain.then(async () => {
    try {
      if (req.method === "createDatabase") return send({ id: req.id, result: { databaseName: "" } });
      const { engine } = await getEngine();
      const params = Array.isArray(req.params) ? req.params[0] : req.params;
      let result = await engine[names[req.method] ?? req.method](params);
      if (req.method === "diff" && result?.stdout != null) {
        send({ id: nextPrint++, method: "print", params: { content: result.stdout } });
        result = { ...result };
        delete result.stdout;
      }
      send({ id: req.id, result: result === undefined ? null : result });
    } catch (err) {
      let e = err;
      const ext = /External error id#(\d+)/.exec(String(e?.message ?? e));
      if (ext) e = registry?.consumeError(Number(ext[1]))?.error ?? e;
      const data =
        e?.is_panic !== undefined || e?.error_code
          ? { is_panic: false, message: e.message, error_code: e.error_code ?? e.code, meta: e.meta }
          : {
              is_panic: false,
              message: (panic ? "PANIC " + panic + " " : "") + (e?.message ?? String(e)),
              error_code: e?.code,
            };
      if (process.env.DEBUG_ENGINE) process.stderr.write(String(e?.stack) + "\n");
      send({
        id: req.id,
        error: { code: 4466, message: "An error happened. Check the data field for details.", data },
      });
    }
  });
});
rl.on("close", () => chain.then(() => process.exit(0)));
