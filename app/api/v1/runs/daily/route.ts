import { routes } from "#lib/http/index.ts";
import { listDailyRows } from "#lib/runs/index.ts";
import { DailyRows, DailyRowsQuery } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/runs/daily", {
  GET: {
    summary: "Count runs, loaded and rejected rows by day",
    auth: "key-or-session",
    permission: "runs.read",
    query: DailyRowsQuery,
    output: DailyRows,
    handler: ({ ctx, query }) => listDailyRows({ ctx, input: query }),
  },
});
