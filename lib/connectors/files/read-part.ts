import type { OpenedFile } from "../connector.ts";
import { DataError } from "../data-error.ts";

/** Bytes of a file from `start` up to `end`, which is excluded. @throws DataError `file_changed` if it has become shorter */
export async function readPart(file: OpenedFile, start: number, end: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of file.stream({ start, end })) parts.push(chunk as Buffer);
  const bytes = Buffer.concat(parts);
  if (bytes.length === end - start) return bytes;
  throw new DataError("file_changed", `"${file.name}" changed while it was read`, { retryable: true });
}
