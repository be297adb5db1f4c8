import { connectorSpecs } from "#lib/connectors/schema.ts";

/** What the agent says first; a conversation is begun with the answer, so that looking leaves none behind. */
export const FIRST_QUESTION = "Welcome! What type of data source would you like to connect?";

/** The answers it offers. */
export const FIRST_OPTIONS = Object.values(connectorSpecs).map(({ name, title }) => ({
  value: name as string,
  label: title,
}));
