import { z } from "zod";

/** One reviewable piece of a patch, addressed by node id or by section of the document. */
export const Change = z.strictObject({
  id: z.string().describe("stable within one (before, after): e.g. node:v, node:load/loadMode, schedule"),
  op: z.enum(["add", "modify", "remove"]),
  nodeId: z.string().optional(),
  section: z.enum(["metadata", "schedule", "errorHandling", "order"]).optional(),
  path: z.string().describe("JSON Pointer into `after` (into `before` for a removal)"),
  label: z.string().describe("in words, e.g. modify load.loadMode: append → upsert"),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  hook: z.boolean().optional().describe("a hook: to be ticked by hand"),
  dependsOn: z.array(z.string()).describe("ids of changes that must be taken with this one"),
});
export type Change = z.infer<typeof Change>;
