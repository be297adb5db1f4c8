import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import { embeddedFactory } from "./embedded-factory.mjs";

const EXTERNAL_ERROR = /External error id#(\d+)/;

/**
 * Opens the engine over schema files.
 * @param {string[]} datamodels paths of the schema files
 * @returns the engine's methods by the names of its RPC, and what an error of it means for the CLI
 */
export async function openEngine(datamodels) {
  let panic;
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message: (message) => {
      panic = message;
    },
  };
  const { SchemaEngine } = await loadWebAssembly();
  const factory = bindMigrationAwareSqlAdapterFactory(embeddedFactory());
  const files = datamodels.map((file) => [file, readFileSync(file, "utf8")]);
  const engine = await SchemaEngine.new(
    { datamodels: files.length > 0 ? files : undefined },
    () => undefined,
    factory,
  );
  return {
    call: (method, params) => {
      if (typeof engine[method] !== "function") throw new Error(`The schema engine has no ${method}`);
      return engine[method](params);
    },
    describe: (thrown) => {
      const id = EXTERNAL_ERROR.exec(String(thrown?.message ?? thrown))?.[1];
      const error = id ? (factory.errorRegistry.consumeError(Number(id))?.error ?? thrown) : thrown;
      const message = error?.message ?? String(error);
      return {
        is_panic: false,
        message: panic ? `The schema engine panicked: ${panic} ${message}` : message,
        error_code: error?.error_code ?? error?.code,
        meta: error?.meta,
      };
    },
  };
}

/** The package is made for bundlers: what they do with its two halves is done here by hand. */
async function loadWebAssembly() {
  const folder = path.dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm"));
  const bindings = await import(path.join(folder, "schema_engine_bg.js"));
  const { instance } = await WebAssembly.instantiate(
    readFileSync(path.join(folder, "schema_engine_bg.wasm")),
    {
      "./schema_engine_bg.js": bindings,
    },
  );
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}
