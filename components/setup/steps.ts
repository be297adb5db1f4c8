import type { SetupState } from "#lib/setup/schema.ts";

/** The steps as people see them: some states are parts of one. */
export const STEPS = ["Kind of source", "Connection", "Streams", "Sync", "Review"] as const;

const STEP_OF = {
  welcome: 0,
  select_source_type: 0,
  gather_credentials: 1,
  test_connection: 1,
  discover_schema: 2,
  select_streams: 2,
  configure_sync: 3,
  review: 4,
  execute: 4,
  done: 5,
  failed: 0,
} satisfies Record<SetupState, number>;

/** Which step a state belongs to, counted from 0; as many as there are steps when all are done. */
export const stepOf = (state: SetupState): number => STEP_OF[state];

/** The step that comes next, in words. */
export const stepName = (state: SetupState): string => STEPS[STEP_OF[state]] ?? "Done";
