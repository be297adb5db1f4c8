import { createPrivateKey } from "node:crypto";
import { DataError } from "../data-error.ts";

const PKCS8 = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/;

/**
 * A private key in a form that the SSH library reads: PKCS#8 is written anew, all else stays as it is.
 * @throws DataError `wrong_passphrase`, `unreadable_key`
 */
export function readableKey(key: string, passphrase?: string): string {
  if (!PKCS8.test(key)) return key;
  const read = () => {
    try {
      return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) });
    } catch {
      throw PKCS8.exec(key)?.[1] ? wrongPassphrase(passphrase) : unreadableKey();
    }
  };
  const parsed = read();
  if (parsed.asymmetricKeyType === "rsa") return parsed.export({ type: "pkcs1", format: "pem" }) as string;
  if (parsed.asymmetricKeyType === "ec") return parsed.export({ type: "sec1", format: "pem" }) as string;
  throw unreadableKey();
}

/** What the library says of a key that it cannot use, in words. */
export function keyFailure(said: string, passphrase?: string): DataError {
  return /passphrase|integrity|decrypt/i.test(said) ? wrongPassphrase(passphrase) : unreadableKey();
}

function wrongPassphrase(given: string | undefined): DataError {
  return new DataError(
    "wrong_passphrase",
    given === undefined
      ? "The private key is locked with a passphrase, and none was given."
      : "The passphrase does not open the private key.",
    { hint: "Give the passphrase of this private key." },
  );
}

function unreadableKey(): DataError {
  return new DataError("unreadable_key", "The private key cannot be read.", {
    hint: "Paste the whole key file. ssh-keygen -p -f <file> writes a key anew in a form that is read here.",
  });
}
