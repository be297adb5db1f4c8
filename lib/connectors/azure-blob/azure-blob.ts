import type { FilePort } from "../connector.ts";
import { filePort } from "../files/file-port.ts";
import { type AzureBlobSourceConfig, azureBlobSpec } from "../specs/azure-blob.ts";
import { tryStages } from "../staged-check.ts";
import { fileStages } from "../transfer/file-stages.ts";
import { webStages } from "../transfer/web-stages.ts";
import { azureAddress, azureContainer, azureFiles, azureWords } from "./connect-azure.ts";

/** Blobs of one container of Azure Blob Storage. */
export const azureBlobConnector: FilePort<AzureBlobSourceConfig> = filePort({
  spec: azureBlobSpec,
  check,
  connect: async ({ config }, options) => azureFiles(config, await azureContainer(config), options),
});

async function check(
  ...[{ config }, { onStage, signal } = {}]: Parameters<FilePort<AzureBlobSourceConfig>["check"]>
) {
  const words = azureWords(config);
  const container = await azureContainer(config);
  let refused: unknown;
  const authenticate = async () => {
    try {
      await container.getProperties({ abortSignal: signal });
    } catch (error) {
      const { code } = words.finding("authenticate", error);
      if (!OF_THE_CONTAINER.has(code)) throw error;
      // The account let us in; what it says of the container is the next stages'.
      refused = error;
    }
    return `The key of ${config.account} is taken.`;
  };
  const look = async () => {
    if (refused && words.finding("database", refused).code === "unknown_bucket") throw refused;
    return `The container ${config.container} is there.`;
  };
  const stages = [
    ...webStages(azureAddress(config), signal),
    { stage: "authenticate" as const, run: authenticate },
    { stage: "database" as const, run: look },
    ...fileStages(() => azureFiles(config, container, { signal }), signal),
  ];
  return tryStages(stages, words.finding, { onStage, signal });
}

const OF_THE_CONTAINER = new Set(["unknown_bucket", "list_denied"]);
