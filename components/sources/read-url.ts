import type { Drafts } from "./field-values.ts";

const SCHEMES: Record<string, string[]> = {
  postgres: ["postgres:", "postgresql:"],
  mysql: ["mysql:", "mariadb:"],
};

/**
 * The fields that a connection URL tells, such as `postgres://user:password@host:5432/database`.
 * @returns undefined when it is none for this connector.
 */
export function readUrl(connector: string, text: string): Drafts | undefined {
  const schemes = SCHEMES[connector];
  if (!schemes || !/^\s*[a-z]+:\/\//i.test(text) || !URL.canParse(text.trim())) return undefined;
  const url = new URL(text.trim());
  if (!schemes.includes(url.protocol) || !url.hostname) return undefined;
  const told = {
    host: url.hostname,
    port: url.port,
    database: decoded(url.pathname.slice(1)),
    username: decoded(url.username),
    password: decoded(url.password),
    ...(connector === "postgres" && { sslmode: url.searchParams.get("sslmode") ?? "" }),
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== ""));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
