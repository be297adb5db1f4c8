import { routes } from "#lib/http/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/v1/{path}", {});
