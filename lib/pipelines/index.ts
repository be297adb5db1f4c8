export { cutPage, decodeCursor, encodeCursor, type Place } from "./cursor.ts";
export { type DeletedPipeline, deletePipeline, undeletePipeline } from "./delete-pipeline.ts";
export { getPipeline, listPipelines } from "./list-pipelines.ts";
export { listReaders, type Reader } from "./list-readers.ts";
export { getVersion, listVersions } from "./list-versions.ts";
export { isPipelineId, loadPipeline } from "./load.ts";
export { type LoadedVersion, loadVersion } from "./load-version.ts";
export { namePipelines } from "./name-pipelines.ts";
export { type NewVersion, type SavedPipelineVersion, savePipelineVersion } from "./save-pipeline-version.ts";
