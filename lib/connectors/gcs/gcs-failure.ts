import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import type { GcsSourceConfig } from "../specs/gcs.ts";
import { boundedText } from "../transfer/web-request.ts";
import type { ServiceAccount } from "./key-file.ts";

/** What a refusal of Cloud Storage means; its body is read. */
export async function refusal(
  response: Response,
  { bucket }: GcsSourceConfig,
  { email }: ServiceAccount,
): Promise<DataError> {
  const { status } = response;
  const said = await boundedText(response, limits.bodyBytes).catch(() => "");
  if (status === 401)
    return new DataError("expired_key", "Cloud Storage does not take the token that it gave out.", {
      hint: "Make a new key for the service account, and paste its JSON file.",
    });
  if (status === 403) {
    const reading = /objects\.get\b/.test(said);
    const may = reading ? "read the objects of" : "list the objects of";
    return new DataError(reading ? "read_denied" : "list_denied", `${email} may not ${may} ${bucket}.`, {
      hint: `Give it the role Storage Object Viewer: gcloud storage buckets add-iam-policy-binding gs://${bucket} --member=serviceAccount:${email} --role=roles/storage.objectViewer`,
    });
  }
  if (status === 404)
    return new DataError("unknown_bucket", `There is no bucket ${bucket}.`, {
      hint: "Check the bucket's name; without gs:// in front.",
    });
  if (status === 429 || status >= 500)
    return new DataError("server_failure", `Cloud Storage cannot answer at the moment (${status}).`, {
      hint: "Try again later.",
      retryable: true,
    });
  return new DataError("unexpected_answer", `Cloud Storage answers with status ${status}.`, {
    hint: "Check the endpoint; without one Google's own is asked.",
  });
}
