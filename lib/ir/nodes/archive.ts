import { z } from "zod";
import { Id } from "../primitives.ts";
import type { NodeKindDescription } from "./node-kind.ts";

/** Copies the files that a source read to another folder. */
export const ArchiveNode = z.strictObject({
  id: Id,
  kind: z.literal("archive"),
  input: Id.describe("id of a file source"),
  to: z
    .string()
    .min(1)
    .max(1024)
    .describe(
      "folder; one that begins with / is of this machine, any other in the source's own store; date tokens as {YYYY}/{MM}",
    ),
  compress: z.enum(["none", "gz", "zst"]).optional().describe("default none; packed files stay as they are"),
});
export type ArchiveNode = z.infer<typeof ArchiveNode>;

export const archiveKind: NodeKindDescription<ArchiveNode> = {
  schema: ArchiveNode,
  title: "Archive",
  summary: "Copies the files that a source read to another folder.",
  edges: (node) => [{ ref: node.input, role: "main", at: ["input"] }],
  example: { id: "keep", kind: "archive", input: "orders", to: "/tmp/archive", compress: "gz" },
};
