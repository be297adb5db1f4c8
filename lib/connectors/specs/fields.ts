import { z } from "zod";

/** A field's metadata beside what JSON Schema knows. */
type Shown = { title: string; description?: string; placeholder?: string; multiline?: boolean };

const HOST = /^[\w.:[\]-]+$/;

/** A host name or an address. */
export const host = (shown: Partial<Shown> = {}) =>
  z
    .string()
    .trim()
    .min(1)
    .max(253)
    .regex(HOST, "must be a host name or an address")
    .meta({ title: "Host", placeholder: "db.example.com", ...shown });

/** A TCP port. */
export const port = (usual: number) =>
  z
    .int()
    .min(1)
    .max(65_535)
    .meta({ title: "Port", placeholder: String(usual) });

/** A line of text; `form` is what it has to look like, and `said` how that is put into words. */
export const text = (shown: Shown, max = 255, form?: RegExp, said?: string) => {
  const line = z.string().trim().min(1).max(max);
  return (form ? line.regex(form, said) : line).meta(shown);
};

/** A secret: stored sealed, never shown again. */
export const secret = (shown: Shown, max = 1_000) =>
  z
    .string()
    .min(1)
    .max(max)
    .meta({ ...shown, secret: true });

/** Certificates are text: a path would be a path on our machine. */
export const certificate = (title: string) =>
  z
    .string()
    .max(65_536)
    .regex(
      /^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/,
      "must be a certificate in PEM text",
    )
    .meta({ title, description: "In PEM text", multiline: true });

/** A private key in PEM text. */
export const privateKey = (title: string, description: string) =>
  z
    .string()
    .max(65_536)
    .regex(/^\s*-----BEGIN [A-Z ]*PRIVATE KEY-----/, "must be a private key in PEM text")
    .meta({ title, description, multiline: true, secret: true });

/** Where to look, inside a bucket, a server or a folder. */
export const folder = (title: string, description: string) =>
  z
    .string()
    .trim()
    .max(1024)
    .regex(/^[^\0]*$/)
    .meta({ title, description });

/** An address that begins with http:// or https://. */
export const webAddress = (title: string, description: string, placeholder?: string) =>
  z
    .url({ protocol: /^https?$/, error: "must begin with http:// or https://" })
    .max(2048)
    .refine((url) => !/^[a-z]+:\/\/[^/]*@/i.test(url), "must hold no user or password")
    .meta({ title, description, placeholder });
