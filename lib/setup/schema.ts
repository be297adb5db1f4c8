import { z } from "zod";
import { StageReport } from "#lib/connectors/schema.ts";
import { Setup, SetupState } from "./state.ts";

export { Outcome, PickedStream, SETUP_STATES, Setup, SetupState } from "./state.ts";

const Option = z.object({ value: z.string(), label: z.string() });

/** What the agent answers. */
export const SetupReply = z.object({
  state: SetupState,
  message: z.string(),
  options: z.array(Option).meta({ description: "Replies that can be sent as they are" }),
  data: z.record(z.string(), z.unknown()),
});
export type SetupReply = z.infer<typeof SetupReply>;

/** A conversation that has begun. */
export const SetupStarted = SetupReply.extend({ session_id: z.string() });
export type SetupStarted = z.infer<typeof SetupStarted>;

const Value = z.union([z.string().max(65_536), z.number(), z.boolean()]);

/** A message, or fields of the form, or both. Secrets belong into `fields`. */
export const ChatInput = z
  .strictObject({
    message: z.string().max(16_384).default(""),
    fields: z.record(z.string().max(100), Value).optional(),
    idempotency_key: z.string().min(1).max(200).optional(),
  })
  .refine(({ message, fields }) => message.trim() !== "" || Object.keys(fields ?? {}).length > 0, {
    path: ["message"],
    error: "say something, or give fields",
  });
export type ChatInput = z.infer<typeof ChatInput>;

/** One turn of a conversation. What was said is without secrets. */
export const SetupTurn = z.object({
  seq: z.int(),
  said: z.string().nullable(),
  reply: SetupReply.nullable().meta({ description: "null while it is being answered" }),
  at: z.iso.datetime(),
});
export type SetupTurn = z.infer<typeof SetupTurn>;

/** A conversation as it stands. */
export const SetupSessionView = SetupStarted.extend({
  setup: Setup,
  history: z.array(SetupTurn),
  stages: z.array(StageReport).meta({ description: "Of the test that is under way or was the last" }),
  busy: z.boolean().meta({ description: "A message is being answered" }),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
export type SetupSessionView = z.infer<typeof SetupSessionView>;

/** A conversation in a list. */
export const SetupSessionSummary = z.object({
  session_id: z.string(),
  state: SetupState,
  connector: z.string().nullable(),
  title: z.string().nullable(),
  last_active_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});

/** A page of one's own conversations, latest first. */
export const SetupSessionList = z.object({
  data: z.array(SetupSessionSummary),
  next_cursor: z.string().nullable(),
});

export const ListSessionsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
});

export const SessionParams = z.object({ id: z.string().min(1).max(100) });
