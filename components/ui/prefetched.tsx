import { dehydrate, HydrationBoundary, QueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

/** A query that the server answers ahead: the key that the screen's own query has, and the verb behind its route. */
export type Prefetch = { queryKey: readonly unknown[]; queryFn: () => Promise<unknown> };

/**
 * Runs the queries on the server and hands their answers to the screens under it, as the route would have sent them.
 * A query that fails is left to the browser, which shows its error in place.
 */
export async function Prefetched({ queries, children }: { queries: Prefetch[]; children: ReactNode }) {
  const client = new QueryClient();
  await Promise.all(
    queries.map(({ queryKey, queryFn }) =>
      client.prefetchQuery({ queryKey, queryFn: async () => asSent(await queryFn()), retry: false }),
    ),
  );
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}

/** What a value is after its way through JSON, with big integers as the door writes them. */
function asSent(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, one) =>
      typeof one === "bigint" ? (Number.isSafeInteger(Number(one)) ? Number(one) : String(one)) : one,
    ) ?? "null",
  );
}
