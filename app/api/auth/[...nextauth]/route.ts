import NextAuth from "next-auth";
import { authOptions } from "#lib/auth/index.ts";
import { routes } from "#lib/http/index.ts";

const answer = ({ request, params }: { request: Request; params: Record<string, string | string[]> }) =>
  NextAuth(request as never, { params: Promise.resolve(params) } as never, authOptions());

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/auth/{nextauth}", {
  GET: { summary: "Sign-in pages' data: providers, session, CSRF token", auth: "public", handler: answer },
  POST: { summary: "Sign in and out", auth: "public", handler: answer },
});
