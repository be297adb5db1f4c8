"use client";
import { createContext, type ReactNode, use } from "react";
import type { Permission } from "#lib/access/schema.ts";

/** Who is signed in, as the screens need it. The server decides again on every request. */
export type Session = {
  user: { id: string; name: string };
  tenant: string;
  roles: readonly string[];
  permissions: readonly Permission[];
};

const SessionContext = createContext<Session | undefined>(undefined);

/** Makes the session known to every screen under it. */
export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** The signed-in user, tenant and roles. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("useSession is for pages of the workspace");
  return session;
}

/** True if the user may do that; use it to hide what would be refused. */
export function useCan(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}
