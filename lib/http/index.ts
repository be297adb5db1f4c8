export { problemResponse } from "./problem.ts";
export { type DeclaredRoute, listDeclaredRoutes, METHODS, type Method } from "./registry.ts";
export { reply } from "./reply.ts";
export { type Declaration, type HandlerArgs, type RouteHandler, requestIdOf, routes } from "./route.ts";
