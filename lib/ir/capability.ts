import { z } from "zod";

export const CAPABILITY_KINDS = [
  "node",
  "op",
  "rule",
  "dataset_check",
  "connector",
  "format",
  "compression",
  "encoding",
  "config_key",
  "load_mode",
  "load",
  "schedule",
  "hook",
] as const;

/**
 * One line of the capability table. Names of `load` are `mode: connector → destination kind`, of `hook`
 * `destination kind: form`, of `config_key` the path of an optional field, with its value where that matters.
 */
export const Capability = z.strictObject({
  kind: z.enum(CAPABILITY_KINDS),
  name: z.string(),
  executable: z.boolean(),
  limits: z.string().optional(),
});
export type Capability = z.infer<typeof Capability>;
