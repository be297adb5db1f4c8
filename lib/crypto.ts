import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { env } from "./env.ts";

/** What a derived key is for. Each purpose has a key of its own. */
export type KeyPurpose = "seal" | "audit" | "session" | "event" | "cursor";

const FORMAT = 1;
let master: Buffer | undefined;
const derived = new Map<KeyPurpose, Buffer>();
const objects = new Map<KeyPurpose, KeyObject>();
let fingerprint: string | undefined;

function masterKey(): Buffer {
  if (master) return master;
  const { PENSTOCK_SECRET_KEY, dataDir } = env();
  if (PENSTOCK_SECRET_KEY) {
    master = createHash("sha256").update(PENSTOCK_SECRET_KEY).digest();
    return master;
  }
  const file = path.join(dataDir, "secret-key");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64"), { mode: 0o600, flag: "wx" });
  chmodSync(file, 0o600);
  master = Buffer.from(readFileSync(file, "utf8").trim(), "base64");
  if (master.length !== 32)
    throw new Error(`${path.basename(file)} in the data folder is damaged: expected 32 bytes`);
  return master;
}

/** A 256-bit key for one purpose, derived from the deployment's secret (HKDF, RFC 5869). */
export function keyFor(purpose: KeyPurpose): Buffer {
  let key = derived.get(purpose);
  if (!key) {
    key = Buffer.from(hkdfSync("sha256", masterKey(), "penstock", purpose, 32));
    derived.set(purpose, key);
  }
  return key;
}

/** A key object is made once: made anew from bytes it would cost several times a hash. */
function keyObject(purpose: KeyPurpose): KeyObject {
  const key = objects.get(purpose) ?? createSecretKey(keyFor(purpose));
  objects.set(purpose, key);
  return key;
}

/** A short public fingerprint of the deployment's secret, to notice a node started with another one. */
export function keyFingerprint(): string {
  fingerprint ??= hmac("seal", "fingerprint").slice(0, 16);
  return fingerprint;
}

/** What a sealed blob is bound to: it opens for this tenant's row only. */
export type SealBinding = { tenant: string; id: string };

function additionalData({ tenant, id }: SealBinding): Buffer {
  return Buffer.from(JSON.stringify([tenant, id]));
}

/** Encrypts (AES-256-GCM). Layout: format byte, 8-byte key id, 12-byte nonce, 16-byte tag, ciphertext. */
export function seal(plaintext: string | Buffer, binding: SealBinding): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyObject("seal"), nonce);
  cipher.setAAD(additionalData(binding));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([
    Buffer.from([FORMAT]),
    Buffer.from(keyFingerprint(), "hex"),
    nonce,
    cipher.getAuthTag(),
    body,
  ]);
}

/** Decrypts what {@link seal} made. @throws Error if the key, the binding or the blob is not the one sealed. */
export function unseal(blob: Uint8Array, binding: SealBinding): Buffer {
  const bytes = Buffer.from(blob);
  if (bytes.length < 37 || bytes[0] !== FORMAT) throw new Error("The sealed value is damaged");
  if (bytes.subarray(1, 9).toString("hex") !== keyFingerprint())
    throw new Error("The value was sealed with another secret key");
  const decipher = createDecipheriv("aes-256-gcm", keyObject("seal"), bytes.subarray(9, 21));
  decipher.setAAD(additionalData(binding));
  decipher.setAuthTag(bytes.subarray(21, 37));
  return Buffer.concat([decipher.update(bytes.subarray(37)), decipher.final()]);
}

/** HMAC-SHA-256 in hex, under the key of one purpose. */
export function hmac(purpose: KeyPurpose, data: string | Buffer): string {
  return createHmac("sha256", keyObject(purpose)).update(data).digest("hex");
}

/** SHA-256 in hex. */
export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/** A random URL-safe token of 256 bits behind a prefix, such as `pk_`. */
export function randomToken(prefix = ""): string {
  return prefix + randomBytes(32).toString("base64url");
}

/** Compares two strings in constant time. */
export function sameSecret(a: string, b: string): boolean {
  const left = createHash("sha256").update(a).digest();
  const right = createHash("sha256").update(b).digest();
  return timingSafeEqual(left, right);
}
