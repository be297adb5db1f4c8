export { connectorViews } from "./connector-views.ts";
export { createSource } from "./create-source.ts";
export { deleteSource } from "./delete-source.ts";
export { keepDraft, openDraft, shredDraft, shredExpiredDrafts } from "./drafts.ts";
export { listSourcePlaces, type SourcePlace } from "./list-source-places.ts";
export { getSource, listSources, sourceNames } from "./list-sources.ts";
export { loadSource, type OpenedSource } from "./load-source.ts";
export { parseFields, type SplitConfig } from "./parse-fields.ts";
export {
  discoverStreams,
  firstRows,
  listStreams,
  previewStream,
  type Reached,
  streamNames,
} from "./streams.ts";
export { healthOf, requireReachable, testSource, testSourceDraft } from "./test-source.ts";
export { updateSource } from "./update-source.ts";
