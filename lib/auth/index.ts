export { authenticate, type Credentials } from "./authenticate.ts";
export { createUser, type NewUser } from "./create-user.ts";
export { DEMO_TENANT, type FirstRun, firstRun } from "./first-run.ts";
export { getMe, type Me } from "./get-me.ts";
export type { Identity } from "./identity.ts";
export { authOptions, singleSignOn } from "./options.ts";
export { secureCookies, sessionCookieName, TENANT_COOKIE } from "./session-cookie.ts";
export { issueSignInLink } from "./sign-in-link.ts";
