import { z } from "zod";
import type { GcsSourceConfig } from "../specs/gcs.ts";
import type { Explainer } from "../transfer/explain-failure.ts";
import type { ServiceAccount } from "./key-file.ts";

/** An object as the API describes it. */
export const StoredObject = z.object({
  name: z.string(),
  size: z.coerce.number(),
  updated: z.coerce.date(),
  generation: z.string(),
  contentEncoding: z.string().optional(),
});
/** A page of a listing. */
export const ListPage = z.object({
  items: z.array(StoredObject).default([]),
  nextPageToken: z.string().optional(),
});

/** One page of a listing. @throws DataError */
export type ReadPage = (request: {
  prefix: string;
  deep: boolean;
  size?: number;
  token?: string;
}) => Promise<z.infer<typeof ListPage>>;

/** What the files of a bucket are read by. */
export type Access = {
  config: GcsSourceConfig;
  base: string;
  page: ReadPage;
  look: (key: string) => Promise<z.infer<typeof StoredObject> | undefined>;
  authorized: <Result>(work: (headers: Record<string, string>) => Promise<Result>) => Promise<Result>;
  /** The same, as one who may write too. */
  authorizedToWrite: Access["authorized"];
  words: Explainer;
  account: ServiceAccount;
  signal?: AbortSignal;
};
