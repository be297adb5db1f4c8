import type { JsonPatchError, JsonPatchOp } from "./schema.ts";

export type { JsonPatchError, JsonPatchOp };
export type PatchResult<T = unknown> = { ok: true; document: T } | { ok: false; error: JsonPatchError };
const pending = (): never => {
  throw new Error("not there yet");
};
export const applyPatch = <T = unknown>(_document: unknown, _ops: readonly JsonPatchOp[]): PatchResult<T> =>
  pending();
export const diff = (_before: unknown, _after: unknown): JsonPatchOp[] => pending();
export const parsePointer = (_pointer: string): string[] | undefined => pending();
export const formatPointer = (_segments: readonly (string | number)[]): string => pending();
