import { DataError, isDataError } from "../data-error.ts";
import { changed } from "../files/resuming-stream.ts";
import { codedError, codeOf } from "../network/coded-error.ts";
import type { Stage } from "../shapes.ts";
import type { S3SourceConfig } from "../specs/s3.ts";
import { type Finding, ownWords } from "../staged-check.ts";
import { explainer } from "../transfer/explain-failure.ts";
import { webPlace } from "../transfer/web-stages.ts";
import { clockSkew, type S3Error, s3ErrorOf, trueRegion } from "./s3-error.ts";

/** What was being done when it failed: the same refusal means something else. */
export type S3Act = { act: "list" } | { act: "read" | "write"; key: string };

/** Puts the failures of one bucket into words. Of what the store says itself, the keys are taken out. */
export type S3Words = {
  finding: (stage: Stage, error: unknown) => Finding;
  dataError: (error: unknown, act: S3Act) => DataError;
};

/** @param address where requests go. */
export function s3Words(config: S3SourceConfig, address: string): S3Words {
  const where = config.endpoint ? "endpoint" : "region";
  const common = explainer({
    place: webPlace(address),
    network: { host: where, port: where, tls: where, ca: where },
    fields: FIELDS,
    system: "The store",
  });
  const finding = (stage: Stage, error: unknown, act: S3Act = { act: "list" }): Finding => {
    const answer = isDataError(error) ? undefined : s3ErrorOf(error);
    const found = (answer && explained(answer, config, act)) ?? common.finding(stage, quiet(error));
    if (found.code === "unknown_host") found.fix = unresolvedFix(config, address);
    return { ...found, message: masked(found.message, config) };
  };
  return {
    finding,
    dataError: (error, act) => {
      if (isDataError(error)) return error;
      const { code, message, fix } = finding("first_row", error, act);
      const retryable = PASSING.has(code) || common.dataError(quiet(error)).retryable;
      return new DataError(code, message, { hint: fix, retryable });
    },
  };
}

/** Names are made of the region, and of the bucket unless it stands in the path. */
function unresolvedFix({ endpoint, bucket }: S3SourceConfig, address: string): string {
  if (!endpoint) return "Check the region; it is written such as eu-central-1.";
  return webPlace(address).host.startsWith(`${bucket}.`)
    ? "Turn on path style if the store has no host name for each bucket; else check the endpoint."
    : "Check the spelling of the endpoint. A name of a private network is not known here.";
}

const FIELDS: Record<string, string> = {
  wrong_credentials: "secret_access_key",
  expired_key: "access_key_id",
  unknown_bucket: "bucket",
  wrong_region: "region",
  wrong_protocol: "endpoint",
};
const PASSING = new Set(["server_failure", "file_changed", "clock_skew"]);

/** The client calls every broken connection a timeout; what the network said stands behind it. */
function quiet(error: unknown): unknown {
  if (!(error instanceof Error && error.name === "TimeoutError")) return error;
  return codedError(codeOf(error) || "SILENT", error.message);
}

function masked(text: string, { access_key_id, secret_access_key }: S3SourceConfig): string {
  return text.replaceAll(secret_access_key, "***").replaceAll(access_key_id, "***");
}

function explained(error: S3Error, config: S3SourceConfig, act: S3Act): Finding | undefined {
  const { code, status } = error;
  if (act.act === "list" && error.otherServer)
    return {
      code: "wrong_protocol",
      field: config.endpoint ? "endpoint" : "region",
      message: "What answers there does not speak S3.",
      fix: "Check the endpoint: it is the address of the store's S3 API, not of its console.",
    };
  if (status === 301 || WRONG_REGION.has(code)) return wrongRegion(error, config);
  if (status === 403 || code === "AccessDenied") {
    const known = KNOWN[code];
    return known ? known(config, error) : denied(error, config, act);
  }
  if (
    (act.act === "read" && (status === 404 || status === 412 || status === 416)) ||
    (act.act === "write" && status === 412)
  )
    return {
      code: "file_changed",
      message: changed(act.key),
      fix: "Have it written under another name and renamed when it is complete.",
    };
  const known = KNOWN[code];
  if (known) return known(config, error);
  if (status === 404) return KNOWN.NoSuchBucket?.(config, error);
  if (status !== undefined && status >= 500)
    return {
      code: "server_failure",
      message: `The store cannot answer at the moment (${code || status}).`,
      fix: "Try again in a while.",
    };
  if (code === "") return undefined;
  return {
    code: "unexpected_answer",
    message: `The store refuses for a reason that is not known here. It says "${code}: ${ownWords(error.cause)}".`,
    fix: "Check the fields, and what the store's documentation says of it.",
  };
}

const WRONG_REGION = new Set([
  "PermanentRedirect",
  "TemporaryRedirect",
  "AuthorizationHeaderMalformed",
  "BucketRegionError",
  "IllegalLocationConstraintException",
]);

function wrongRegion(error: S3Error, { region, bucket }: S3SourceConfig): Finding {
  const right = trueRegion(error);
  return {
    code: "wrong_region",
    field: "region",
    message: right
      ? `The bucket "${bucket}" is in the region ${right}, not in ${region}.`
      : `The bucket "${bucket}" is in another region than ${region}.`,
    fix: right ? `Set the region to ${right}.` : "Look up the bucket's region and set it.",
  };
}

function denied(error: S3Error, { bucket, prefix = "" }: S3SourceConfig, act: S3Act): Finding {
  if (act.act === "list")
    return {
      code: "list_denied",
      field: "bucket",
      message: `The key may not list the bucket "${bucket}".`,
      fix: `Allow the key's user the action s3:ListBucket on arn:aws:s3:::${bucket}${prefix ? `, at least for the prefix ${prefix}` : ""}.`,
    };
  if (act.act === "write")
    return {
      code: "write_denied",
      field: "bucket",
      message: `The key may not write "${act.key}" in the bucket "${bucket}".`,
      fix: `Allow the key's user the actions s3:PutObject and s3:DeleteObject on arn:aws:s3:::${bucket}/${prefix}*.`,
    };
  const encrypted = /kms/i.test(ownWords(error.cause));
  return {
    code: "read_denied",
    field: "bucket",
    message: `The key may not read "${act.key}" in the bucket "${bucket}".`,
    fix: encrypted
      ? "Allow the key's user the action kms:Decrypt on the key that the objects are encrypted with."
      : `Allow the key's user the action s3:GetObject on arn:aws:s3:::${bucket}/${prefix}*.`,
  };
}

type Known = (config: S3SourceConfig, error: S3Error) => Finding;

const unknownKey: Known = ({ access_key_id }) => ({
  code: "wrong_credentials",
  field: "access_key_id",
  message: access_key_id.startsWith("ASIA")
    ? "The access key ID is a temporary one: it works only together with a session token."
    : "The access key ID is not known.",
  fix: access_key_id.startsWith("ASIA")
    ? "Use an access key of a user, which has no session."
    : "Check the access key ID. It may have been deleted, or be one of another store.",
});
const wrongSecret: Known = () => ({
  code: "wrong_credentials",
  field: "secret_access_key",
  message: "The secret access key does not belong to this access key ID.",
  fix: "Paste the secret access key again. It is shown only when a key is made: you may need a new one.",
});
const expired: Known = () => ({
  code: "expired_key",
  field: "access_key_id",
  message: "The access key has expired.",
  fix: "Make a new access key and enter both its parts.",
});
const skewed: Known = (_config, error) => ({
  code: "clock_skew",
  message: `This machine's clock ${clockSkew(error)}, and the store refuses requests of another time.`,
  fix: "Set the clock of the machine that runs Penstock, best by NTP.",
});
const noBucket: Known = ({ bucket }) => ({
  code: "unknown_bucket",
  field: "bucket",
  message: `There is no bucket "${bucket}".`,
  fix: "Check its spelling, and that it is a bucket of this store and account.",
});
const blocked: Known = () => ({
  code: "wrong_credentials",
  field: "access_key_id",
  message: "The account of this access key may not use the store.",
  fix: "Ask whoever runs the account: it may be suspended or not signed up.",
});
const archived: Known = ({ bucket }) => ({
  code: "read_denied",
  field: "bucket",
  message: `An object of the bucket "${bucket}" is in an archive, from which it cannot be read directly.`,
  fix: "Restore it, or leave it out by another prefix or pattern.",
});

const KNOWN: Record<string, Known> = {
  InvalidAccessKeyId: unknownKey,
  InvalidClientTokenId: unknownKey,
  InvalidToken: unknownKey,
  SignatureDoesNotMatch: wrongSecret,
  ExpiredToken: expired,
  TokenRefreshRequired: expired,
  RequestExpired: skewed,
  RequestTimeTooSkewed: skewed,
  NoSuchBucket: noBucket,
  InvalidBucketName: noBucket,
  AccountProblem: blocked,
  NotSignedUp: blocked,
  InvalidObjectState: archived,
};
