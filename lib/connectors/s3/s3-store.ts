import type { Readable } from "node:stream";
import type { FileWriting, FoundFile } from "../connector.ts";
import type { S3Words } from "./explain-s3.ts";

/** An object and what tells its version from others. */
export type FoundObject = FoundFile & { etag?: string };

/** What is asked of a bucket. But for `probe`, errors are `DataError`s, or the signal's reason. */
export type S3Requests = {
  /** Where requests go, the bucket's name in it or not. */
  address: string;
  words: S3Words;
  /** Asks for one key at most. @throws what the client says */
  probe: () => Promise<void>;
  /** Keys that begin with `prefix`, page after page; not `deep`: those without a further `/`. */
  list: (request: { prefix: string; deep: boolean }) => AsyncIterable<FoundObject>;
  head: (key: string) => Promise<FoundObject | undefined>;
  /** Bytes of one version of an object; `end` is excluded. @throws DataError `file_changed` if it is another one now */
  get: (object: FoundObject, start: number, end: number, signal: AbortSignal) => Promise<Readable>;
  writing: FileWriting;
  close: () => void;
};
