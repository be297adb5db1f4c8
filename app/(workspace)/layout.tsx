import type { ReactNode } from "react";
import { Shell } from "#components/shell/shell.tsx";
import { can } from "#lib/access/index.ts";
import { PERMISSIONS } from "#lib/access/schema.ts";
import { pageCtx } from "#lib/http/index.ts";

/** Everything behind the sign-in. Who is not signed in is sent there. */
export default async function WorkspaceLayout({ children }: { children: ReactNode }) {
  const ctx = await pageCtx();
  return (
    <Shell
      session={{
        user: { id: ctx.actor.id, name: ctx.actor.name ?? ctx.actor.id },
        tenant: ctx.tenant,
        roles: ctx.roles,
        permissions: PERMISSIONS.filter((permission) => can(ctx, permission)),
      }}
    >
      {children}
    </Shell>
  );
}
