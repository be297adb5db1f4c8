import { routes } from "#lib/http/index.ts";
import { replay } from "#lib/ingest/index.ts";
import { ReplayInput, ReplayResult } from "#lib/ingest/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/admin/replay", {
  POST: {
    summary: "Compare what is derived with the log, and mend it",
    description:
      'Replays the tenant\'s log beside the derived tables and compares every row. By default nothing is changed; to mend what differs send `"dry_run": false, "apply": true, "confirm": "apply_replay"`. `from_lsn` and `limit` choose the events whose rows are compared.',
    auth: "key-or-session",
    permission: "memory.erase",
    input: ReplayInput,
    output: ReplayResult,
    handler: ({ ctx, input }) => replay({ ctx, input }),
  },
});
