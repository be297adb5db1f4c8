export { ApiError, type ApiErrorCode, fieldErrors, isApiError, type Problem } from "./api-error.ts";
export type { ConnectionOptions } from "./connection.ts";
export type { FollowOptions, FollowQuery } from "./follow-events.ts";
export type { NamedObject, ObjectListQuery, ObjectPage, ObjectRows } from "./object-list.ts";
export {
  createClient,
  type EventInput,
  type PenstockClient,
  type QueryRequest,
  type TailInput,
} from "./penstock-client.ts";
export type { ExportedPipeline, PipelineFileInput } from "./pipeline-requests.ts";
export { createQueryClient } from "./query-client.ts";
export { api, type QueryParams, type RequestOptions, request, withQuery } from "./request.ts";
export { setupAgent } from "./setup-requests.ts";
export { type SourcePage, type StreamQuery, sources } from "./source-requests.ts";
