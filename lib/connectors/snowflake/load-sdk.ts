import { outboundAgents } from "#lib/outbound.ts";

type Sdk = typeof import("snowflake-sdk");

let loaded: Promise<Sdk> | undefined;

/**
 * Snowflake's library, loaded when it is first needed. It writes no log, asks no server who revoked which certificate,
 * looks for no cloud around it, and runs no native code; where a redirect leads goes through the guard as well.
 */
export function loadSdk(): Promise<Sdk> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Sdk> {
  // It reads these once, while it is loaded: otherwise it asks the metadata service of every cloud where it runs.
  Object.assign(process.env, {
    SNOWFLAKE_DISABLE_PLATFORM_DETECTION: "true",
    SNOWFLAKE_DISABLE_MINICORE: "true",
    SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: "true",
  });
  const { default: sdk } = await import("snowflake-sdk");
  const silent = () => undefined;
  sdk.configure({
    customLogger: { error: silent, warn: silent, info: silent, debug: silent, trace: silent },
    disableOCSPChecks: true,
    useEnvProxy: false,
  });
  const { default: axios } = await import("snowflake-sdk/dist/lib/http/axios_instance.js");
  const guarded = outboundAgents();
  const client = (axios as unknown as { default?: typeof axios }).default ?? axios;
  Object.assign(client.defaults, { httpAgent: guarded.http, httpsAgent: guarded.https });
  return sdk;
}
