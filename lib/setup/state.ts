import { z } from "zod";
import { CheckFailure, Stream, SyncMode } from "#lib/connectors/schema.ts";
import { Schedule } from "#lib/ir/schema.ts";

/** The states of a conversation, in their order; then how it may have ended. */
export const SETUP_STATES = [
  "welcome",
  "select_source_type",
  "gather_credentials",
  "test_connection",
  "discover_schema",
  "select_streams",
  "configure_sync",
  "review",
  "execute",
  "done",
  "failed",
] as const;
export const SetupState = z.enum(SETUP_STATES);
export type SetupState = z.infer<typeof SetupState>;

/** A stream that was chosen, and how it will be kept up to date. */
export const PickedStream = Stream.omit({ bytes: true, note: true }).extend({
  syncMode: SyncMode,
  cursorField: z.string().optional(),
  /** Where its rows go, as `schema.table`. */
  table: z.string(),
});
export type PickedStream = z.infer<typeof PickedStream>;

const Part = z.object({ ok: z.boolean(), error: z.string().optional() });

/** What came of EXECUTE: ids of what exists, and what did not work. */
export const Outcome = z.object({
  source_id: z.string().optional(),
  pipeline_id: z.string().optional(),
  pipeline_slug: z.string().optional(),
  schedule: Part.optional(),
  initial_sync: Part.extend({ run_id: z.string().optional() }).optional(),
  /** Why there is no source or no pipeline. */
  error: z.string().optional(),
});
export type Outcome = z.infer<typeof Outcome>;

/**
 * What a conversation knows. Pure data, and no secret in it: `held` are names of secret fields whose values lie in the
 * sealed draft.
 */
export const Setup = z.object({
  state: SetupState,
  connector: z.string().optional(),
  /** Values of fields that are no secrets. */
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  held: z.array(z.string()).default([]),
  /** The last check, if it failed. */
  failure: CheckFailure.optional(),
  /** The last check, if all went well: what it found, and when. */
  tested: z.object({ message: z.string(), at: z.string() }).optional(),
  /** What was discovered: how many streams, the first names, and of none why. */
  found: z
    .object({
      total: z.number(),
      names: z.array(z.string()),
      query: z.string().optional(),
      causes: z.array(z.string()).optional(),
    })
    .optional(),
  picked: z.array(PickedStream).default([]),
  /** null: on request only. Undefined: not asked yet. */
  schedule: Schedule.nullable().optional(),
  /** What the connection will be called. */
  title: z.string().optional(),
  /** The schema in the destination that tables go to. */
  targetSchema: z.string().optional(),
  destination: z.string().optional(),
  outcome: Outcome.optional(),
});
export type Setup = z.infer<typeof Setup>;

/** Which streams were asked for, in words that do not need the catalogue. Applied in this order. */
export const Selection = z.discriminatedUnion("by", [
  z.object({ by: z.literal("all") }),
  z.object({ by: z.literal("first"), count: z.int().min(1) }),
  /** Names, with or without schema, or patterns with `*`. */
  z.object({ by: z.literal("names"), names: z.array(z.string()).min(1) }),
  z.object({ by: z.literal("except"), names: z.array(z.string()).min(1) }),
  /** Those whose names hold one of the words. */
  z.object({ by: z.literal("words"), words: z.array(z.string()).min(1) }),
]);
export type Selection = z.infer<typeof Selection>;

/** What may happen in a conversation: what a person's message came down to, or what an effect brought back. */
export type SetupEvent =
  | { type: "begin" }
  | { type: "choose_connector"; connector: string }
  /**
   * Fields that were given, with the connector if that was said too; of secret ones the names. An empty text takes a
   * field away, a secret one too. `refused` are those whose value cannot be right, and why; never the value.
   */
  | {
      type: "give_fields";
      connector?: string;
      fields: Setup["config"];
      held: string[];
      refused?: { field: string; message: string }[];
    }
  /** The standard form of the connector was asked for. */
  | { type: "open_form" }
  | { type: "select"; selection: Selection; how: "only" | "add" | "remove" }
  | {
      type: "set_sync";
      streams?: string[];
      syncMode?: PickedStream["syncMode"];
      cursorField?: string;
      table?: string;
    }
  | { type: "set_schedule"; schedule: NonNullable<Setup["schedule"]> | null }
  | { type: "set_title"; title: string }
  | { type: "set_destination"; destination?: string; schema?: string }
  /** Yes, go on, looks good: the next step with what is proposed. */
  | { type: "confirm" }
  | { type: "back" }
  | { type: "go_to"; state: SetupState }
  | { type: "start_over" }
  | { type: "cancel" }
  /** Several facts of one message, in the order in which they are taken; one with an effect comes last. */
  | { type: "several"; events: SetupEvent[] }
  | { type: "retry" }
  | { type: "help" }
  | { type: "status" }
  /** Nothing that is valid here; `hint` says what was expected or why it was refused. */
  | { type: "not_understood"; hint?: string }
  | { type: "tested"; failure?: CheckFailure; works?: Setup["tested"] }
  | { type: "discovered"; found: NonNullable<Setup["found"]> }
  | { type: "discover_failed"; failure: CheckFailure }
  | {
      type: "streams_picked";
      streams: z.infer<typeof Stream>[];
      unknown: string[];
      how: "only" | "add" | "remove";
    }
  | { type: "executed"; outcome: Outcome };

/** What has to be done outside; it comes back as an event. */
export type Effect =
  | { type: "test_connection" }
  | { type: "discover_schema" }
  | { type: "pick_streams"; selection: Selection; how: "only" | "add" | "remove" }
  | { type: "execute" }
  /** Forgets the secrets that were entered before this message, so it comes before those of this one are kept. */
  | { type: "shred" };

/** An answer as people and programs see it. `data` has no secret. */
export type Answer = {
  message: string;
  options: { value: string; label: string }[];
  data: Record<string, unknown>;
};

/** What an event leads to. At most one effect that brings an event back. */
export type Transition = { setup: Setup; effects: Effect[]; answer: Answer };
