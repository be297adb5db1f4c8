import { AppError } from "#lib/errors.ts";
import type { ConnectorName } from "#lib/ir/schema.ts";
import { parseFields, type Reached } from "#lib/sources/index.ts";
import type { Setup } from "./state.ts";

/** Where the secrets of a conversation are. */
type Entered = { entered: () => Promise<Record<string, string>> };

/** The names of secrets that a conversation counts on and that are no longer kept. */
export async function lostSecrets({ entered }: Entered, { held }: Setup): Promise<string[]> {
  if (held.length === 0) return [];
  const kept = await entered();
  return held.filter((name) => !(name in kept));
}

/**
 * All fields of a conversation's connection, with the secrets that it counts on: what else the draft holds does not.
 * @throws AppError `conflict` if a secret is no longer kept.
 */
export async function fieldsOfSetup({ entered }: Entered, { config, held }: Setup): Promise<Setup["config"]> {
  if (held.length === 0) return { ...config };
  const kept = await entered();
  const secrets = held.map((name) => [name, kept[name] ?? lost()] as const);
  return { ...config, ...Object.fromEntries(secrets) };
}

/** The same, checked, as connectors take it. @throws AppError `conflict`, `bad_request` with an issue per field */
export async function reachedBySetup(secrets: Entered, setup: Setup): Promise<Reached> {
  const connector = (setup.connector ?? "") as ConnectorName;
  const given = parseFields(connector, await fieldsOfSetup(secrets, setup));
  return { connector, config: { ...given.config, ...given.secrets } };
}

function lost(): never {
  throw new AppError("conflict", "What was entered is no longer kept. Enter the connection's secrets again.");
}
