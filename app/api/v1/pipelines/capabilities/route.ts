import { z } from "zod";
import { routes } from "#lib/http/index.ts";
import { capabilities } from "#lib/ir/index.ts";
import { Capability } from "#lib/ir/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/capabilities", {
  GET: {
    summary: "List what the runtime executes today",
    auth: "key-or-session",
    permission: "pipelines.read",
    output: z.object({ items: z.array(Capability) }),
    handler: () => ({ items: capabilities }),
  },
});
