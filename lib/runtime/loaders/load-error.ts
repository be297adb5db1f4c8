import { DataError, isDataError } from "#lib/connectors/index.ts";
import { databaseCode } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { redactText } from "#lib/redact.ts";

const LOST = [
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "unresolved",
  "57P01",
  "57P02",
  "57P03",
  "08006",
  "08003",
  "08000",
  "08001",
];

/** Turns what a destination answered into one of our errors, at the target's node. */
export function loadError(error: unknown, nodeId: string): unknown {
  if (isDataError(error)) return error.at({ nodeId });
  const code = databaseCode(error) ?? "";
  // What an engine adds below its sentence is SQL.
  const text = redactText(messageOf(error).split("\n")[0] ?? "").slice(0, 500);
  if (code === "53100" || code === "ENOSPC" || /No space left on device/i.test(text))
    return new DataError("disk_full", "The destination's disk is full; nothing was loaded", {
      nodeId,
      retryable: true,
      hint: "Free space on the destination's disk, then run again",
    });
  if (
    LOST.includes(code) ||
    /Connection terminated|connection is closed|Client has encountered|server closed/i.test(text)
  )
    return new DataError(
      "destination_lost",
      "The destination could not be reached, or the connection to it was lost; nothing was loaded",
      {
        nodeId,
        retryable: true,
        hint: "Test the destination in the settings: it says at which step it fails",
      },
    );
  // Class 53: no connection, no memory or no lock is free; class 55: something else holds the table.
  if (/^(53|55P)/.test(code)) return new DataError("destination_busy", text, { nodeId, retryable: true });
  if (code === "23505" || /Duplicate key|unique constraint/i.test(text))
    return new DataError("duplicate_key", text, {
      nodeId,
      hint: "Use upsert, or deduplicate before the target",
    });
  if (code === "23502" || /NOT NULL constraint/i.test(text))
    return new DataError("null_refused", text, { nodeId, hint: "Add a not_null rule before the target" });
  if (code === "42501" || code.startsWith("28"))
    return new DataError("destination_denied", text, {
      nodeId,
      hint: "The destination's user lacks a right: test the destination in the settings",
    });
  if (code === "40001" || code === "40P01" || /Transaction conflict/i.test(text))
    return new DataError("load_conflict", text, { nodeId, retryable: true });
  return new DataError("load_failed", text, {
    nodeId,
    hint: code ? `The destination answered with ${code}` : undefined,
  });
}
