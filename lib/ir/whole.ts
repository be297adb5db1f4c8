/** A regular expression for a whole clause, any case, runs of spaces as one. */
export function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll(" ?", "\\s*").replaceAll(" ", "\\s+")})$`, "i");
}
