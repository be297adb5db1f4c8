export { openApiDocument } from "./openapi.ts";
export { pageCtx } from "./page-ctx.ts";
export { PROBLEM_TYPE, problemResponse } from "./problem.ts";
export { checkReadiness } from "./readiness.ts";
export { type DeclaredRoute, listDeclaredRoutes, METHODS, type Method } from "./registry.ts";
export { reply } from "./reply.ts";
export { type Declaration, type HandlerArgs, type RouteHandler, requestIdOf, routes } from "./route.ts";
export { type ServerSentEvent, sseResponse } from "./sse.ts";
export { type BodyTimes, watchBodies } from "./watch-bodies.ts";
