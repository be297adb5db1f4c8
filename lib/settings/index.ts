export { clearAiSettings } from "./clear-ai-settings.ts";
export { createDestination } from "./create-destination.ts";
export { createTenant, ensureDemoTenant } from "./create-tenant.ts";
export { deleteDestination } from "./delete-destination.ts";
export { checkDeploymentKey } from "./deployment-key.ts";
export { getAiSettings } from "./get-ai-settings.ts";
export { getSettings, loadSettings, type Settings, tenantNames } from "./get-settings.ts";
export { destinationPlaces } from "./list-destination-places.ts";
export { listDestinations } from "./list-destinations.ts";
export { type AiPrices, loadAiChoice } from "./load-ai-choice.ts";
export {
  destinationNames,
  loadDestination,
  type OpenedDestination,
  type PostgresConfig,
} from "./load-destination.ts";
export { loadProposalLimit } from "./load-proposal-limit.ts";
export { loadRunsAtOnce } from "./load-runs-at-once.ts";
export { connectDestination } from "./postgres-connection.ts";
export { testAiSettings } from "./test-ai-settings.ts";
export { type DestinationTest, testDestination, testDestinationDraft } from "./test-destination.ts";
export { updateAiSettings } from "./update-ai-settings.ts";
export { updateDestination } from "./update-destination.ts";
export { updateProposalLimit } from "./update-proposal-limit.ts";
export { updateSettings } from "./update-settings.ts";
