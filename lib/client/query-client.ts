import { QueryClient } from "@tanstack/react-query";
import { isApiError } from "./api-error.ts";

/** A query client with our habits: a refusal is final, a lost connection is tried twice more. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) =>
          failures < 2 && isApiError(error) && (error.status === 0 || error.status >= 502),
      },
      mutations: { retry: false },
    },
  });
}
