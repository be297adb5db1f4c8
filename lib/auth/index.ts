export { authenticate, type Credentials } from "./authenticate.ts";
export type { Identity } from "./identity.ts";
export { secureCookies, sessionCookieName, TENANT_COOKIE } from "./session-cookie.ts";
