export { ApiError, type ApiErrorCode, fieldErrors, isApiError, type Problem } from "./api-error.ts";
export { createQueryClient } from "./query-client.ts";
export { api, type QueryParams, type RequestOptions, request, withQuery } from "./request.ts";
