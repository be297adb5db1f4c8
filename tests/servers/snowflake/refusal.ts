/** What Snowflake answers instead of what was asked for. */
export type Refusal = { code: string; message: string; sqlState?: string };

/** Ends the handling of a request with a refusal. */
export function refuse(code: string, message: string, sqlState?: string): never {
  throw Object.assign(new Error(message), { refusal: { code, message, ...(sqlState && { sqlState }) } });
}

/** What an error says to the client; what DuckDB threw is told as a fault in the SQL. */
export function refusalOf(error: unknown): Refusal {
  const refusal = (error as { refusal?: Refusal }).refusal;
  const said = error instanceof Error ? error.message : String(error);
  return refusal ?? { code: "001003", sqlState: "42000", message: `SQL compilation error:\n${said}` };
}

/** Refuses fields that the real service would not know. */
export function onlyKnown(given: Record<string, unknown>, known: ReadonlySet<string>): void {
  const other = Object.keys(given).filter((name) => !known.has(name));
  if (other.length > 0) refuse("390400", `Unknown fields: ${other.join(", ")}`);
}
