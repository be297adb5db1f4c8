import { DataError, type FileStore, type FoundFile, isDataError } from "#lib/connectors/index.ts";
import { compile, isFileSource } from "#lib/ir/index.ts";
import type { FileSourceStep, PipelineIr } from "#lib/ir/schema.ts";
import type { ArrivedFiles, LookForFiles } from "#lib/runs/index.ts";
import type { ReadableSource } from "./readable-source.ts";
import { resolveSource } from "./resolve-source.ts";

/** What the lister says when nothing is there. */
const NOTHING = ["no_files", "file_not_found"];

/** Lists what a source of a pipeline names now, as a run would, in whatever order. */
export const lookForFiles: LookForFiles = async ({ ctx, ir, source, now }) => {
  const step = sourceStep(ir, source);
  const { path = "", pattern } = step.config;
  const place = [path, pattern?.value].filter(Boolean).join(path.endsWith("/") ? "" : "/");
  const opened = await resolveSource(ctx, step);
  if (opened.kind !== "store") throw noFiles(step.nodeId);
  try {
    const files = await opened.store.list({ ...step.config, ordering: "all" }, now);
    return { place, files };
  } catch (error) {
    if (isDataError(error) && NOTHING.includes(error.code)) return { place, files: [] };
    throw error;
  } finally {
    await opened.store.close().catch(() => undefined);
  }
};

/** The step that a schedule waits at: the one it names, or the only source of files. */
function sourceStep(ir: PipelineIr, source: string | undefined): FileSourceStep {
  const id = source ?? ir.nodes.find((node) => node.kind === "source" && isFileSource(node))?.id ?? "";
  const step = compile(ir).steps.find(({ nodeId }) => nodeId === id);
  if (step?.kind === "source" && step.family === "file") return step;
  throw noFiles(id);
}

const noFiles = (nodeId: string) =>
  new DataError("wrong_connector", `"${nodeId}" is no source of files`, { nodeId });

/**
 * The source as a run that files began may read it: without what came, or was changed, since then. The order of the
 * node counts among the rest.
 */
export function onlyArrived(
  source: ReadableSource,
  nodeId: string,
  arrived: ArrivedFiles | undefined,
): ReadableSource {
  if (source.kind !== "store" || !arrived || (arrived.source ?? nodeId) !== nodeId) return source;
  const { store } = source;
  const list: FileStore["list"] = async (config, now) => {
    const found = (await store.list({ ...config, ordering: "all" }, now)).filter(arrived.has);
    const [first, ...rest] = found;
    if (!first)
      throw new DataError("no_files", "The files that began the run are gone, or are being written anew", {
        nodeId,
        retryable: true,
      });
    return config.ordering === "latest_by_mtime" ? [rest.reduce(later, first)] : found;
  };
  return { ...source, store: { ...store, list } };
}

const later = (a: FoundFile, b: FoundFile) => (b.modifiedAt >= a.modifiedAt ? b : a);
