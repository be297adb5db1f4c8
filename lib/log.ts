import pino from "pino";
import { env } from "./env.ts";
import { redact, redactText } from "./redact.ts";

const REQUEST_ERROR_KEYS = ["err", "error"] as const;

function cleanError(value: unknown): unknown {
  if (!(value instanceof Error)) return redact(value);
  return {
    type: value.name,
    message: redactText(value.message),
    stack: redactText(value.stack ?? ""),
    code: "code" in value ? value.code : undefined,
  };
}

/** The process's log: JSON lines on standard output, secrets redacted by field name and by pattern. */
export const log = pino({
  level: env().PENSTOCK_LOG_LEVEL,
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: {
    level: (label) => ({ level: label }),
    log: (fields) => {
      const copy: Record<string, unknown> = { ...fields };
      for (const key of REQUEST_ERROR_KEYS) if (key in copy) copy[key] = cleanError(copy[key]);
      return redact(copy) as Record<string, unknown>;
    },
  },
  hooks: {
    logMethod(args, method) {
      const cleaned = args.map((arg) => (typeof arg === "string" ? redactText(arg) : arg)) as typeof args;
      method.apply(this, cleaned);
    },
  },
});
