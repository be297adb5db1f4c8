import type { Provider } from "next-auth/providers/index";
import type { Db } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { oidcAgent } from "./oidc-agent.ts";
import type { SignedIn } from "./sign-in.ts";

/** What an OpenID Connect provider says of someone (OpenID Connect Core 1.0, section 5.1). */
export type OidcProfile = { sub: string; email?: string; email_verified?: boolean; name?: string };

/** The person behind a subject, or why they may not come in. */
export type OidcOutcome = { user: SignedIn } | { refused: "email_not_verified" | "not_a_member" };

/**
 * The account behind a provider's subject. A first sign-in is joined to the account of the same address only if the
 * provider says the address is verified. Nobody gets an account or a membership by signing in.
 */
export async function oidcUser(db: Db, provider: string, profile: OidcProfile): Promise<OidcOutcome> {
  const select = { id: true, email: true, name: true } as const;
  const isMember = { memberships: { some: {} } };
  const subject = { provider, providerAccountId: profile.sub };
  const accounts = { some: subject };
  if ((await db.user.count({ where: { accounts } })) > 0)
    return known(await db.user.findFirst({ where: { accounts, ...isMember }, select }));
  const email = profile.email?.trim().toLowerCase();
  if (!email || profile.email_verified !== true) return { refused: "email_not_verified" };
  const user = await db.user.findFirst({ where: { email, ...isMember }, select });
  // Two tabs may arrive at once: the database, not a look beforehand, decides which of them inserts.
  if (user) await db.account.createMany({ data: { ...subject, userId: user.id }, skipDuplicates: true });
  return known(user);
}

function known(user: SignedIn | null): OidcOutcome {
  return user ? { user } : { refused: "not_a_member" };
}

/** The single sign-on that the environment names, for next-auth: one provider or none. */
export function oidcProviders(): Provider[] {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = env();
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET) return [];
  return [
    {
      id: "oidc",
      name: "Single sign-on",
      type: "oauth",
      wellKnown: `${OIDC_ISSUER.replace(/\/$/, "")}/.well-known/openid-configuration`,
      issuer: OIDC_ISSUER,
      clientId: OIDC_CLIENT_ID,
      clientSecret: OIDC_CLIENT_SECRET,
      httpOptions: { agent: oidcAgent(OIDC_ISSUER) },
      authorization: { params: { scope: "openid email profile" } },
      idToken: true,
      checks: ["pkce", "state", "nonce"],
      profile: (profile: OidcProfile) => ({ id: profile.sub, name: profile.name, email: profile.email }),
    } as Provider,
  ];
}

/** The single sign-on that the environment names, for the sign-in page. */
export function singleSignOn(): { id: string; name: string } | undefined {
  const [provider] = oidcProviders();
  return provider && { id: provider.id, name: provider.name };
}
