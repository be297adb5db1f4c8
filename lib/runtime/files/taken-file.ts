import { createHash } from "node:crypto";
import { z } from "zod";
import type { FoundFile } from "#lib/connectors/index.ts";
import { FILE_CONNECTORS, FileSourceConfig, type FileSourceStep } from "#lib/ir/schema.ts";

/** Which store a taken file is in, and which folders are for it. */
export const TakenSource = z.object({
  connector: z.enum(FILE_CONNECTORS),
  sourceRef: z.string().optional(),
  atomicity: FileSourceConfig.shape.atomicity,
});
export type TakenSource = z.infer<typeof TakenSource>;

/** A row of the journal. `held` is set until the file is known to be out of its folder. */
export type TakenFile = {
  tenantId: string;
  pipelineId: string;
  runId: string;
  nodeId: string;
  path: string;
  staged: string;
  goesTo: string | null;
  bytes: bigint;
  modifiedAt: Date;
  held: string | null;
  settledAt: Date | null;
};

/** What of a source step a row keeps. */
export const sourceOf = ({ connector, sourceRef, config }: FileSourceStep): TakenSource => ({
  connector,
  ...(sourceRef !== undefined && { sourceRef }),
  atomicity: config.atomicity,
});

/** A short text that only this file of this run has, whoever computes it. */
export function markOf({ runId, nodeId, path }: Pick<TakenFile, "runId" | "nodeId" | "path">): string {
  return digest(`${runId}\n${nodeId}\n${path}`).slice(0, 16);
}

/** SHA-256 in hexadecimal digits. */
export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The last part of a path. */
export const lastOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A name in a folder. */
export const inFolder = (folder: string, name: string): string => `${folder.replace(/\/+$/, "")}/${name}`;

/** A name that says which it is beside others of the same name: `orders~3f2a91bc.csv`. */
export function besides(path: string, mark: string): string {
  const at = path.lastIndexOf("/") + 1;
  const name = path.slice(at);
  const dot = name.indexOf(".", 1);
  const stem = dot < 0 ? name : name.slice(0, dot);
  return `${path.slice(0, at)}${stem}~${mark}${dot < 0 ? "" : name.slice(dot)}`;
}

/** Whether a file is still the one that was listed. Some stores tell fractions of a second in lists only. */
export function isSameVersion(
  one: { bytes: number | bigint; modifiedAt: Date },
  other: Pick<FoundFile, "bytes" | "modifiedAt">,
): boolean {
  const apart = Math.abs(one.modifiedAt.getTime() - other.modifiedAt.getTime());
  return Number(one.bytes) === other.bytes && apart < 1_000;
}
