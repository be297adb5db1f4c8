import type { TableRef } from "./table-ref.ts";

/** A statement before or after a load: one of four forms, never free text. */
export type Hook =
  | { form: "analyze"; table?: TableRef }
  | { form: "refresh_materialized_view"; view: TableRef; concurrently: boolean }
  | { form: "create_schema"; schema: string }
  | {
      form: "create_index";
      name: string;
      unique: boolean;
      table: TableRef;
      columns: { name: string; descending: boolean }[];
    };
