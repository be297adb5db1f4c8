import { DataError } from "../data-error.ts";

/** What is in the way of a file that is moved or written: nothing is ever written over. */
export function fileExists(path: string): DataError {
  return new DataError("file_exists", `There is a file "${path}" already`);
}

/** A file that is not there to be moved. */
export function fileGone(path: string): DataError {
  return new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
}

/** A place that may not be written to. */
export function writeDenied(path: string, hint?: string): DataError {
  return new DataError("write_denied", `"${path}" may not be written there`, {
    hint: hint ?? "Have the user that signs in given the right to write and delete in that folder",
  });
}

/** A file that is not the size it should be after it was copied or written. */
export function notWhole(path: string): DataError {
  return new DataError("write_failed", `"${path}" did not arrive whole`, { retryable: true });
}
