import type { FilePort } from "../connector.ts";
import { filePort } from "../files/file-port.ts";
import { type S3SourceConfig, s3Spec } from "../specs/s3.ts";
import { type StageToTry, tryStages } from "../staged-check.ts";
import { fileStages } from "../transfer/file-stages.ts";
import { webStages } from "../transfer/web-stages.ts";
import { type Bucket, connectS3 } from "./connect-s3.ts";

/** Objects of a bucket of Amazon S3, or of what speaks its protocol. */
export const s3Connector: FilePort<S3SourceConfig> = filePort({
  spec: s3Spec,
  check,
  connect: ({ config }, { signal }) => connectS3(config, { signal }),
  formatOf: ({ format }) => format,
});

const OF_BUCKET = new Set(["unknown_bucket", "wrong_region"]);

async function check(
  ...[{ config }, { onStage, signal } = {}]: Parameters<FilePort<S3SourceConfig>["check"]>
) {
  // More than one attempt would hide what is wrong: the client mends a clock by itself.
  const bucket = await connectS3(config, { signal, trying: true });
  try {
    const stages = [...webStages(bucket.address, signal), ...bucketStages(bucket, config, signal)];
    return await tryStages(stages, bucket.words.finding, { onStage, signal });
  } finally {
    await bucket.close();
  }
}

/** One request tells of the key, of the bucket and of listing it: stores look at them in this order. */
function bucketStages(bucket: Bucket, config: S3SourceConfig, signal?: AbortSignal): StageToTry[] {
  let refused: unknown;
  const reason = () => (refused ? bucket.words.finding("authenticate", refused).code : "");
  const signIn = async () => {
    refused = await bucket.probe().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused && reason() !== "list_denied" && !OF_BUCKET.has(reason())) throw refused;
    return "The access key is taken.";
  };
  const look = async () => {
    if (OF_BUCKET.has(reason())) throw refused;
    return `The bucket "${config.bucket}" is in ${config.region}.`;
  };
  const [list, read] = fileStages(() => bucket, signal);
  return [
    { stage: "authenticate", run: signIn },
    { stage: "database", run: look },
    {
      stage: "privileges",
      run: async () => {
        if (refused) throw refused;
        return (await list?.run()) ?? "";
      },
    },
    ...(read ? [read] : []),
  ];
}
