import { z } from "zod";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/healthz", {
  GET: {
    summary: "The process is alive",
    auth: "public",
    output: z.object({ status: z.literal("ok") }),
    handler: () => ({ status: "ok" }),
  },
});
