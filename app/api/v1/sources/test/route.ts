import { routes } from "#lib/http/index.ts";
import { requireReachable } from "#lib/sources/index.ts";
import { CheckResult, TestSourceInput } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/sources/test", {
  POST: {
    summary: "Try a configuration before it is saved",
    description: "Fails with 502 `source_unreachable`; the member `check` holds every stage and what to do.",
    auth: "key-or-session",
    permission: "sources.write",
    input: TestSourceInput,
    output: CheckResult,
    handler: ({ ctx, input }) => requireReachable({ ctx, input }),
  },
});
