import { asking } from "./ingest-contract/asking.ts";
import type { Door, Runner } from "./ingest-contract/door.ts";
import { declareManyEvents } from "./ingest-contract/many-events.ts";
import { declareOneEvent } from "./ingest-contract/one-event.ts";
import { declareRefusals } from "./ingest-contract/refusals.ts";

export { type Door, httpDoor, type Runner } from "./ingest-contract/door.ts";

/**
 * The contract of `POST /v1/ingest/events`, as one set of tests for every door.
 * @param door gives the door when a test runs; several tests may share one, they use ids of their own.
 */
export function declareIngestContract(runner: Runner, door: () => Door | Promise<Door>): void {
  const ask = asking(runner, door);
  declareOneEvent(ask);
  declareRefusals(ask);
  declareManyEvents(ask);
}
