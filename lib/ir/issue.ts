import { z } from "zod";

/**
 * One thing wrong with a document. `message` names the node and the field and says what would be right:
 * it is read by people and sent back, word for word, to a model.
 */
export const Issue = z.strictObject({
  code: z.string().describe("stable code, see issue-codes.ts"),
  path: z.string().describe("JSON Pointer (RFC 6901) into the document"),
  message: z.string(),
  hint: z.string().optional(),
});
export type Issue = z.infer<typeof Issue>;
