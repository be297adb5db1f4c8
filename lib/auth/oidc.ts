import type { Db } from "#lib/db.ts";
import type { SignedIn } from "./sign-in.ts";

/** What an OpenID Connect provider says of someone (OpenID Connect Core 1.0, section 5.1). */
export type OidcProfile = { sub: string; email?: string; email_verified?: boolean; name?: string };

/**
 * The account behind a provider's subject. A first sign-in is joined to the account of the same address only if the
 * provider says the address is verified; nobody is made a member by signing in.
 * @returns undefined if the provider gives no verified address to know the person by.
 */
export async function oidcUser(
  db: Db,
  provider: string,
  profile: OidcProfile,
): Promise<SignedIn | undefined> {
  const select = { id: true, email: true, name: true } as const;
  const linked = await db.account.findUnique({
    where: { provider_providerAccountId: { provider, providerAccountId: profile.sub } },
    select: { user: { select } },
  });
  if (linked) return linked.user;
  const email = profile.email?.trim().toLowerCase();
  if (!email || profile.email_verified !== true) return undefined;
  return db.$transaction(async (tx) => {
    const user = await tx.user.upsert({
      where: { email },
      update: {},
      create: { email, name: profile.name },
      select,
    });
    await tx.account.create({ data: { provider, providerAccountId: profile.sub, userId: user.id } });
    return user;
  });
}
