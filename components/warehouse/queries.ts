import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "#lib/client/index.ts";
import type { TableRows, WarehouseTables } from "#lib/runtime/schema.ts";

const root = "/api/v1/warehouse/tables";

/** Rows shown on one page of a table. */
export const ROWS_PER_PAGE = 200;

/** Tables of the warehouse, by name. */
export const tablesQuery = queryOptions({
  queryKey: ["warehouse", "tables"],
  queryFn: ({ signal }) => api.get<WarehouseTables>(root, { signal }),
});

/** Rows of one table from `offset` on. */
export const tableRowsQuery = (table: string, offset: number) =>
  queryOptions({
    queryKey: ["warehouse", "rows", table, offset],
    queryFn: ({ signal }) =>
      api.get<TableRows>(`${root}/${encodeURIComponent(table)}`, {
        query: { limit: ROWS_PER_PAGE, offset },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
