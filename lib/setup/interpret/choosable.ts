import { z } from "zod";
import { connectorSpecs } from "#lib/connectors/schema.ts";
import type { ChoosableEvent } from "#lib/model/index.ts";
import type { Selection, Setup, SetupEvent } from "../state.ts";
import { readCadence } from "./cadence.ts";

const CONNECTORS = Object.keys(connectorSpecs) as [string, ...string[]];
const PLACES = ["gather_credentials", "select_streams", "configure_sync", "review"] as const;

const choose: ChoosableEvent = {
  type: "choose_connector",
  means: "they say which kind of source it is",
  fields: { connector: z.enum(CONNECTORS) },
};
const select: ChoosableEvent = {
  type: "select",
  means:
    "they say which streams to take. by: all; first (the first `count`); names (names or patterns with *); except (all but `items`); words (names that hold one of `items`). how: only these, add to those chosen, or remove from them",
  fields: {
    by: z.enum(["all", "first", "names", "except", "words"]),
    count: z.number().nullable(),
    items: z.array(z.string()),
    how: z.enum(["only", "add", "remove"]),
  },
};
const sync: ChoosableEvent = {
  type: "set_sync",
  means:
    "they say how chosen streams are kept up to date. streams: their names, empty for all; cursor: the column that tells what is new, or null",
  fields: {
    streams: z.array(z.string()),
    mode: z.enum(["full_refresh", "incremental"]),
    cursor: z.string().nullable(),
  },
};
const schedule: ChoosableEvent = {
  type: "set_schedule",
  means:
    'they say how often it runs. words: in plain English, such as "every day at 6 in Berlin", "every 15 minutes" or "only when I say so"',
  fields: { words: z.string() },
};
const move: ChoosableEvent = {
  type: "go_to",
  means: "they want to see or change an earlier step",
  fields: { state: z.enum(PLACES) },
};
const help: ChoosableEvent = { type: "help", means: "they ask what they can say or do" };
const status: ChoosableEvent = { type: "status", means: "they ask how far they are, or what is known" };
const back: ChoosableEvent = { type: "back", means: "they want to go one step back" };

/**
 * What a model may choose in a state. Never what holds a secret, makes something, or throws something away: a stream's
 * name could talk a model into that.
 */
export function choosableEvents({ state, picked }: Setup): ChoosableEvent[] {
  switch (state) {
    case "select_source_type":
      return [choose, help, status];
    case "select_streams":
      return [select, schedule, move, help, status, back];
    case "configure_sync":
    case "review":
      return [select, ...(picked.length > 0 ? [sync] : []), schedule, move, help, status, back];
    default:
      return [];
  }
}

const Name = z.string().trim().min(1).max(200);
const Choice = z.discriminatedUnion("type", [
  z.object({ type: z.literal("choose_connector"), connector: z.enum(CONNECTORS) }),
  z.object({
    type: z.literal("select"),
    by: z.enum(["all", "first", "names", "except", "words"]),
    count: z.number().nullable(),
    items: z.array(Name).max(200),
    how: z.enum(["only", "add", "remove"]),
  }),
  z.object({
    type: z.literal("set_sync"),
    streams: z.array(Name).max(200),
    mode: z.enum(["full_refresh", "incremental"]),
    cursor: Name.nullable(),
  }),
  z.object({ type: z.literal("set_schedule"), words: z.string().max(200) }),
  z.object({ type: z.literal("go_to"), state: z.enum(PLACES) }),
  z.object({ type: z.enum(["help", "status", "back"]) }),
]);

/** The event that a model chose; undefined if it is none that is valid here. */
export function readChoice(setup: Setup, choice: Record<string, unknown>): SetupEvent | undefined {
  const read = Choice.safeParse(choice);
  if (!read.success || !choosableEvents(setup).some(({ type }) => type === read.data.type)) return undefined;
  const chosen = read.data;
  switch (chosen.type) {
    case "select": {
      const selection = selectionOf(chosen);
      return selection && { type: "select", selection, how: chosen.how };
    }
    case "set_sync":
      return {
        type: "set_sync",
        ...(chosen.streams.length > 0 && { streams: chosen.streams }),
        syncMode: chosen.mode,
        ...(chosen.cursor && chosen.mode === "incremental" && { cursorField: chosen.cursor }),
      };
    case "set_schedule":
      return readCadence(setup, chosen.words);
    default:
      return chosen;
  }
}

function selectionOf({
  by,
  count,
  items,
}: {
  by: Selection["by"];
  count: number | null;
  items: string[];
}): Selection | undefined {
  if (by === "all") return { by };
  if (by === "first") return count && Number.isInteger(count) && count > 0 ? { by, count } : undefined;
  if (items.length === 0) return undefined;
  return by === "words" ? { by, words: items } : { by, names: items };
}
