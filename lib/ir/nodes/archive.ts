import { z } from "zod";
import { Id } from "../primitives.ts";

/** Copies the files that a source read to another folder. */
export const ArchiveNode = z.strictObject({
  id: Id,
  kind: z.literal("archive"),
  input: Id.describe("id of a file source"),
  to: z.string().min(1).max(1024).describe("folder"),
  compress: z.enum(["none", "gz", "zst"]).optional().describe("default none"),
});
export type ArchiveNode = z.infer<typeof ArchiveNode>;
