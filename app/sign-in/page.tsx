import type { Metadata } from "next";
import { SignIn } from "#components/sign-in/sign-in.tsx";
import { singleSignOn } from "#lib/auth/index.ts";

export const metadata: Metadata = { title: "Sign in" };

type Search = { token?: string; callbackUrl?: string; error?: string };

/** The way in: a one-time link, a password, or single sign-on where it is configured. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<Search> }) {
  const { token, callbackUrl, error } = await searchParams;
  return <SignIn token={token} error={error} next={localPath(callbackUrl)} singleSignOn={singleSignOn()} />;
}

/** Where to go afterwards: only ever a path of ours. */
function localPath(wanted: string | undefined): string {
  if (!wanted) return "/";
  try {
    const url = new URL(wanted, "http://here.invalid");
    const path = `${url.pathname}${url.search}`;
    return wanted.startsWith("/") && !path.startsWith("//") && url.host === "here.invalid" ? path : "/";
  } catch {
    return "/";
  }
}
