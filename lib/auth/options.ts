import type { NextAuthOptions, User } from "next-auth";
import type { Provider } from "next-auth/providers/index";
import { getDb } from "#lib/db.ts";
import { publicUrl } from "#lib/env.ts";
import { isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { type OidcProfile, oidcProviders, oidcUser } from "./oidc.ts";
import { secureCookies, sessionSecret } from "./session-cookie.ts";
import { type SignedIn, signInByLink, signInByPassword } from "./sign-in.ts";

type SignIn = (
  db: Awaited<ReturnType<typeof getDb>>,
  given: unknown,
  address: string,
) => Promise<SignedIn | undefined>;

/** next-auth's configuration: password, one-time link and, where the environment names one, single sign-on. */
export function authOptions(): NextAuthOptions {
  return {
    secret: sessionSecret(),
    useSecureCookies: secureCookies(),
    session: { strategy: "jwt", maxAge: limits.sessionSeconds },
    pages: { signIn: "/sign-in", error: "/sign-in", signOut: "/sign-in" },
    providers: [
      credentials("credentials", "Password", signInByPassword),
      credentials("link", "Sign-in link", signInByLink),
      ...oidcProviders(),
    ],
    callbacks: {
      signIn: async ({ account, profile, user }) => {
        if (account?.type !== "oauth") return true;
        const outcome = await oidcUser(await getDb(), account.provider, profile as unknown as OidcProfile);
        // An address is where next-auth sends those who may not come in; the page there has the sentence.
        if ("refused" in outcome) return `${publicUrl()}/sign-in?error=${outcome.refused}`;
        user.id = outcome.user.id;
        return true;
      },
      // Identity only: what the person may do is read from their membership on every request.
      jwt: ({ token, user }) => (user ? { sub: user.id, name: user.name, email: user.email } : token),
      session: ({ session, token }) => ({
        expires: session.expires,
        user: { id: token.sub, name: token.name, email: token.email },
      }),
    },
    logger: {
      error: (code, metadata) => log.error({ code, err: errorOf(metadata) }, "sign-in failed"),
      warn: (code) => log.debug({ code }, "sign-in warning"),
      debug: () => undefined,
    },
  };
}

function errorOf(metadata: unknown): unknown {
  return metadata && typeof metadata === "object" && "error" in metadata ? metadata.error : metadata;
}

/** Written out: next-auth's own factory is CommonJS, which Node and the bundler import differently. */
function credentials(id: string, name: string, signIn: SignIn): Provider {
  const authorize = async (
    given: unknown,
    request: { headers?: Record<string, unknown> },
  ): Promise<User | null> => {
    try {
      const user = await signIn(await getDb(), given, addressOf(request.headers));
      return user ? { ...user } : null;
    } catch (error) {
      if (!isAppError(error)) log.error({ err: error }, "sign-in failed");
      // next-auth puts the message into the address of the sign-in page: a code, never details.
      throw new Error(isAppError(error) ? error.code : "internal");
    }
  };
  return { id, name, type: "credentials", credentials: {}, authorize } as unknown as Provider;
}

/** The address nearest to us: what stands before it was written by the client. */
function addressOf(headers: Record<string, unknown> | undefined): string {
  const forwarded = String(headers?.["x-forwarded-for"] ?? "").split(",");
  return forwarded.at(-1)?.trim().slice(0, 64) || "unknown";
}
