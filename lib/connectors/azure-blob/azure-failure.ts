import { DataError } from "../data-error.ts";
import { codedError } from "../network/coded-error.ts";
import type { AzureBlobSourceConfig } from "../specs/azure-blob.ts";

/** The store refuses requests whose time is further away than this. */
const SKEW_MS = 15 * 60_000;

/** A refusal of the store, as its library throws it. */
type Refusal = Error & {
  statusCode: number;
  code?: string;
  details?: { errorCode?: string; AuthenticationErrorDetail?: string };
  response?: { headers: { get: (name: string) => string | undefined } };
};

/** What a failure of the library means; what is no answer of the store stays as it is. */
export function azureFailure(error: unknown, config: AzureBlobSourceConfig): unknown {
  const inner =
    error instanceof Error && error.cause instanceof Error && !isRefusal(error) ? error.cause : error;
  if (isRefusal(inner)) return refusal(inner, config);
  const broken = inner instanceof Error && /received less data than required/.test(inner.message);
  return broken ? codedError("CLOSED", inner.message) : inner;
}

/** The status of a refusal; undefined for all other errors. */
export function statusOf(error: unknown): number | undefined {
  return isRefusal(error) ? error.statusCode : undefined;
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number";
}

function refusal(error: Refusal, { account, container }: AzureBlobSourceConfig): DataError {
  const { statusCode: status } = error;
  const code = error.code ?? error.details?.errorCode ?? error.response?.headers.get("x-ms-error-code") ?? "";
  const said = `${error.details?.AuthenticationErrorDetail ?? ""} ${error.message}`;
  if (/date header/i.test(said) || (status === 403 && skewed(error)))
    return new DataError("clock_skew", "The clock here and the store's are more than 15 minutes apart.", {
      hint: "Have the clock of the machine that runs Penstock set right.",
    });
  if (code === "AuthenticationFailed" || /failed to authenticate|authentication information/i.test(said))
    return new DataError("wrong_credentials", `The key is not one of the storage account ${account}.`, {
      hint: "Copy the key anew from the storage account, under Access keys. A key that was rotated is no longer taken.",
    });
  if (code === "KeyBasedAuthenticationNotPermitted")
    return new DataError("no_access", "The storage account does not let anybody in by its key.", {
      hint: 'Have "Allow storage account key access" turned on at the storage account.',
    });
  if (status === 403)
    return new DataError(
      "list_denied",
      `The storage account does not let "${container}" be read from here.`,
      {
        hint: "Let this address in under Networking of the storage account; the key itself may do all.",
      },
    );
  if (code === "ContainerNotFound" || code === "ResourceNotFound" || status === 404)
    return new DataError(
      "unknown_bucket",
      `There is no container "${container}" in the account ${account}.`,
      {
        hint: "Check the container's name; it is not the account's.",
      },
    );
  if (code === "ContainerBeingDeleted" || code === "AccountIsDisabled")
    return new DataError(
      "unknown_bucket",
      `The container "${container}" is being deleted, or its account is off.`,
    );
  if (status === 429 || status >= 500)
    return new DataError("server_failure", `The store cannot answer at the moment (${status}).`, {
      hint: "Try again later.",
      retryable: true,
    });
  return new DataError("unexpected_answer", `The store answers with status ${status} ${code}.`, {
    hint: "Check that the address is that of a blob store.",
  });
}

function skewed(error: Refusal): boolean {
  const there = Date.parse(error.response?.headers.get("date") ?? "");
  return Math.abs(there - Date.now()) > SKEW_MS;
}
