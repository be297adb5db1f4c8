import pino from "pino";
import { env } from "./env.ts";
import { redact, redactText } from "./redact.ts";

/** Causes of causes that are told; an error may be its own cause. */
const CAUSES = 4;

/** An error in words that can be logged: what it is, where it came from, and what caused it. */
function cleanError(value: unknown, causes = CAUSES): unknown {
  if (!(value instanceof Error)) return value;
  return {
    type: value.name,
    message: value.message,
    stack: value.stack,
    code: "code" in value ? value.code : undefined,
    cause: causes > 0 ? cleanError(value.cause, causes - 1) : undefined,
  };
}

/** What a log is asked for here. Children are not: pino writes their fields past the redaction. */
type Log = Pick<pino.Logger, "trace" | "debug" | "info" | "warn" | "error" | "fatal">;

/** The process's log: JSON lines on standard output, secrets redacted by field name and by pattern. */
export const log: Log = pino({
  level: env().PENSTOCK_LOG_LEVEL,
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: {
    level: (label) => ({ level: label }),
    log: (fields) => {
      const told = Object.entries(fields).map(([key, value]) => [key, cleanError(value)]);
      return redact(Object.fromEntries(told)) as Record<string, unknown>;
    },
  },
  // The error is in words by then; pino's own serializer would call it an object.
  serializers: { err: (told) => told },
  hooks: {
    logMethod(args, method) {
      // pino makes the message of an error that stands alone, and writes out what is put into a message.
      const [first, ...rest] = args as unknown[];
      const named = first instanceof Error ? { err: first } : first;
      if (first instanceof Error && rest.length === 0) rest.push(first.message);
      const fields = typeof named === "string" ? redactText(named) : named;
      method.apply(this, [fields, ...rest.map((value) => redact(cleanError(value)))] as typeof args);
    },
  },
});
