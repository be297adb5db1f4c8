import type { FilePort } from "../connector.ts";
import { filePort } from "../files/file-port.ts";
import { type GcsSourceConfig, gcsSpec } from "../specs/gcs.ts";
import { tryStages } from "../staged-check.ts";
import { fileStages } from "../transfer/file-stages.ts";
import { webStages } from "../transfer/web-stages.ts";
import { type GcsBucket, gcsAddress, gcsBucket, gcsWords } from "./connect-gcs.ts";

/** Objects of one bucket of Google Cloud Storage, by its JSON API. */
export const gcsConnector: FilePort<GcsSourceConfig> = filePort({
  spec: gcsSpec,
  check,
  connect: async ({ config }, { signal }) => {
    const bucket = gcsBucket(config, signal);
    await bucket.signIn();
    return bucket.files;
  },
});

async function check(
  ...[{ config }, { onStage, signal } = {}]: Parameters<FilePort<GcsSourceConfig>["check"]>
) {
  const words = gcsWords(config);
  let bucket: GcsBucket | undefined;
  const opened = () => bucket as GcsBucket;
  const authenticate = async () => {
    bucket = gcsBucket(config, signal);
    await bucket.signIn();
    return `Signed in as ${bucket.account.email}.`;
  };
  const look = async () => {
    try {
      await opened().page({ prefix: config.prefix ?? "", deep: true, size: 1 });
    } catch (error) {
      // That it may not be listed is the next stage's to say: the bucket is there.
      if (words.finding("database", error).code !== "list_denied") throw error;
    }
    return `The bucket ${config.bucket} is there.`;
  };
  const stages = [
    ...webStages(gcsAddress(config), signal),
    { stage: "authenticate" as const, run: authenticate },
    { stage: "database" as const, run: look },
    ...fileStages(() => opened().files, signal),
  ];
  return tryStages(stages, words.finding, { onStage, signal });
}
