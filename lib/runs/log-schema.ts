import { z } from "zod";

/** Levels of a log, from the least to the most serious. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One structured line of a run's log. `seq` grows; it is not dense. */
export const RunLogLine = z.object({
  seq: z.number(),
  at: z.string(),
  level: z.enum(LOG_LEVELS),
  nodeId: z.string().nullable(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()).nullable(),
});
export type RunLogLine = z.infer<typeof RunLogLine>;

export const RunLogQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).describe("`seq` of the last line already seen"),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
  q: z
    .string()
    .trim()
    .max(200)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no text in a database holds it
    .regex(/^[^\u0000]*$/)
    .optional()
    .describe("text that a line holds, in its message, node or data"),
  level: z.enum(LOG_LEVELS).optional().describe("lines of this level and more serious ones"),
  nodeId: z.string().min(1).max(128).optional().describe("lines of one node"),
});
export type RunLogQuery = z.infer<typeof RunLogQuery>;

/**
 * Log lines in order. Ask again with `after` = `next` for those that follow; a search may have to go on although this
 * page holds few lines, or none.
 */
export const RunLogPage = z.object({ data: z.array(RunLogLine), next: z.number(), hasMore: z.boolean() });
export type RunLogPage = z.infer<typeof RunLogPage>;
