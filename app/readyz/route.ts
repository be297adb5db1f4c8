import { z } from "zod";
import { checkReadiness, routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/readyz", {
  GET: {
    summary: "The node can serve: its database answers and is migrated",
    auth: "public",
    output: z.object({ status: z.literal("ready"), migrations: z.int() }),
    handler: () => checkReadiness(),
  },
});
