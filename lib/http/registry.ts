import type { z } from "zod";
import type { Permission } from "#lib/access/index.ts";

/** The methods a route may declare. */
export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** One of {@link METHODS}. */
export type Method = (typeof METHODS)[number];

/** Who may come in: anyone, a signed-in person, or also a program with a key. */
export type AuthKind = "public" | "session" | "key-or-session";

/** What one method of one route says about itself. */
export type DeclaredRoute = {
  path: string;
  method: Method;
  summary: string;
  description?: string;
  auth: AuthKind;
  permission?: Permission;
  status: number;
  params?: z.ZodType;
  query?: z.ZodType;
  input?: z.ZodType;
  output?: z.ZodType;
};

const SLOT = Symbol.for("penstock.routes");
const store = globalThis as { [SLOT]?: Map<string, DeclaredRoute> };

/** Remembers a declaration. The same path and method again replaces it, as a reload does. */
export function registerRoute(route: DeclaredRoute): void {
  store[SLOT] ??= new Map();
  store[SLOT].set(`${route.method} ${route.path}`, route);
}

/** Every declaration of the route files imported so far, by path and method. */
export function listDeclaredRoutes(): DeclaredRoute[] {
  return [...(store[SLOT]?.values() ?? [])].sort(
    (a, b) => a.path.localeCompare(b.path) || METHODS.indexOf(a.method) - METHODS.indexOf(b.method),
  );
}
