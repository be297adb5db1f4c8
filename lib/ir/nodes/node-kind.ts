import type { z } from "zod";

/** What a consumer uses a producer's rows for. */
export type InputRole = "main" | "left" | "right" | "lookup" | "with" | "references";

/** One reference from a node to what it reads: `at` is the path of the field inside the node. */
export type Edge = { ref: string; role: InputRole; at: (string | number)[] };

/** What the language knows about one kind of node. */
export type NodeKindDescription<Node> = {
  schema: z.ZodType<Node>;
  /** For forms and the assistant's prompt: a title and one line on what it does. */
  title: string;
  summary: string;
  /** Everything the node reads, side inputs included. */
  edges: (node: Node) => Edge[];
  /** A small valid node of this kind. */
  example: Node;
};
