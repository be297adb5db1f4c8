import { z } from "zod";

export const CAPABILITY_KINDS = [
  "node",
  "op",
  "rule",
  "dataset_check",
  "connector",
  "format",
  "compression",
  "config_key",
  "load_mode",
  "schedule",
  "hook",
] as const;

/** One line of the capability table. */
export const Capability = z.strictObject({
  kind: z.enum(CAPABILITY_KINDS),
  name: z.string(),
  executable: z.boolean(),
  limits: z.string().optional(),
});
export type Capability = z.infer<typeof Capability>;
