import { messageOf } from "#lib/errors.ts";

/** What a store answered instead of what was asked for. */
export type S3Error = {
  /** As in its XML, such as `NoSuchBucket`; empty if there was none. */
  code: string;
  status?: number;
  headers: Record<string, string | undefined>;
  /** Fields of its XML beside code and message. */
  fields: Record<string, unknown>;
  /** It came without its XML, as answers to HEAD do. */
  bare: boolean;
  /** An answer with a body that no S3 gives. */
  otherServer: boolean;
  cause: unknown;
};

type SdkError = Error & {
  Code?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
};

/** An error of the SDK as the store's answer; undefined if there was none, or not one of a store. */
export function s3ErrorOf(error: unknown): S3Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, $response, Code, name } = error as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) return undefined;
  const headers = $response?.headers ?? {};
  const xml = /xml/i.test(headers["content-type"] ?? "xml");
  // Of an answer without a code, the client makes up a name.
  const told = Code ?? (/^(\d+|Unknown|UnknownError|Error|SyntaxError|TypeError)$/.test(name) ? "" : name);
  return {
    code: told,
    status,
    headers,
    fields: error as unknown as Record<string, unknown>,
    bare: Code === undefined,
    otherServer: Code === undefined && !xml,
    cause: error,
  };
}

/** The region that a bucket is in, if the store says it. */
export function trueRegion({ headers, fields, cause }: S3Error): string | undefined {
  const told = headers["x-amz-bucket-region"] ?? fields.Region;
  if (typeof told === "string" && told !== "") return told;
  const [, expected] = /expecting '([a-z0-9-]+)'/i.exec(messageOf(cause)) ?? [];
  const [, ofHost] = /s3[.-]([a-z]+(?:-[a-z]+)+-\d)\./.exec(String(fields.Endpoint ?? "")) ?? [];
  return expected ?? ofHost;
}

/** How far this machine's clock is from the store's, in words. */
export function clockSkew({ fields, headers }: S3Error, now = Date.now()): string {
  const theirs = Date.parse(String(fields.ServerTime ?? headers.date ?? ""));
  const minutes = Math.round((now - theirs) / 60_000);
  if (!Number.isFinite(minutes) || minutes === 0) return "is not that of the store";
  const [size, unit] =
    Math.abs(minutes) >= 120 ? [Math.round(Math.abs(minutes) / 60), "hours"] : [Math.abs(minutes), "minutes"];
  return `is ${size} ${unit} ${minutes < 0 ? "behind" : "ahead of"} the store's`;
}
