const HIDDEN = "***";

/**
 * What somebody just typed, as it stands in the conversation until the server's own words replace it: passwords of
 * URLs and what is said to be a password, a key or a token are hidden.
 */
export function hideSecrets(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, `$1:${HIDDEN}@`)
    .replace(
      /\b((?:\w*(?:password|passwd|passphrase|pwd|secret|token|key)\w*)(?:\s+(?:is|to)\s+|\s*[=:]\s*|\s+))("[^"]*"|'[^']*'|\S+)/gi,
      `$1${HIDDEN}`,
    )
    .replace(/-----BEGIN [\s\S]*?(?:-----END [A-Z ]*-----|$)/g, HIDDEN);
}
