import type { z } from "zod";
import { seal, unseal } from "#lib/crypto.ts";
import type { IrType } from "#lib/ir/schema.ts";
import type { RejectedRow } from "./engines/engine.ts";
import type { CellValue } from "./schema.ts";

/** Values of a row by column: what JSON numbers cannot hold is text. */
export type RowValues = Record<string, z.infer<typeof CellValue>>;

/** What is sealed of a rejected row. Without `columns` it was kept by a release that could not replay rows. */
export type KeptContent = {
  row: RowValues;
  masked: string[];
  columns?: readonly { name: string; type: IrType }[];
  op?: number;
};

type Sealed = { id: string; row: Uint8Array };

/** Seals a rejected row. The engine's own text goes in as it is: numbers inside documents keep every digit. */
export function sealRejected(
  { row, columns, op }: Pick<RejectedRow, "row" | "columns" | "op">,
  masked: readonly string[],
  { tenant, id }: { tenant: string; id: string },
): Uint8Array<ArrayBuffer> {
  const rest = JSON.stringify({ masked, columns, ...(op !== undefined && { op }) });
  return new Uint8Array(seal(`{"row":${row},${rest.slice(1)}`, { tenant, id }));
}

/** A row's content; undefined where it was sealed with a key that is gone, or was erased after loading. */
export function openKept(sealed: Sealed, tenant: string): KeptContent | undefined {
  return parsed(textOf(sealed, tenant)) as KeptContent | undefined;
}

/** The same, with every number beyond what JavaScript counts exactly written out by `JSON.stringify` as it was. */
export function openExact(sealed: Sealed, tenant: string): KeptContent | undefined {
  const text = textOf(sealed, tenant);
  return text === undefined ? undefined : (JSON.parse(text, exactNumber) as KeptContent);
}

/** Seals the fields that somebody changed. */
export function sealEdited(
  fields: RowValues,
  { tenant, id }: { tenant: string; id: string },
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(seal(JSON.stringify(fields), { tenant, id: editedId(id) }));
}

/** The fields that somebody changed; none where nobody did. */
export function openEdited(
  { id, edited }: { id: string; edited: Uint8Array | null },
  tenant: string,
): RowValues | undefined {
  if (!edited) return undefined;
  return parsed(unsealed(edited, tenant, editedId(id))) as RowValues | undefined;
}

/** One blob does not open in the place of the other. */
const editedId = (id: string) => `${id} edited`;

const textOf = ({ id, row }: Sealed, tenant: string) =>
  row.length === 0 ? undefined : unsealed(row, tenant, id);

function unsealed(blob: Uint8Array, tenant: string, id: string): string | undefined {
  try {
    return unseal(blob, { tenant, id }).toString("utf8");
  } catch {
    return undefined;
  }
}

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

/** JSON.parse source text access (ECMA-262, JSON.rawJSON), which TypeScript's library does not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  return String(value) === context.source ? value : rawJSON(context.source);
}
