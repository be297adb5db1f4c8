import type { Effect, Setup, SetupState } from "../state.ts";
import { specOf, stillMissing } from "./connector.ts";
import { advance } from "./credentials.ts";
import { initialSetup, type Of, type Step, stay } from "./step.ts";
import { SUGGESTED_SCHEDULE, setSchedule } from "./sync.ts";

const BEFORE: Record<SetupState, SetupState> = {
  welcome: "select_source_type",
  select_source_type: "select_source_type",
  gather_credentials: "select_source_type",
  test_connection: "gather_credentials",
  discover_schema: "gather_credentials",
  select_streams: "gather_credentials",
  configure_sync: "select_streams",
  review: "configure_sync",
  execute: "review",
  done: "done",
  failed: "review",
};

const forget = (setup: Setup): Effect[] => (setup.held.length > 0 ? [{ type: "shred" }] : []);

/** One step back; what was entered stays. */
export function back(setup: Setup): Step {
  if (setup.state === "select_source_type") return stay(setup, "This is the first step.");
  if (setup.state === "done")
    return stay(
      setup,
      "It is set up: what is to be changed is changed on its page, or start over with another source.",
    );
  return goTo(setup, { state: BEFORE[setup.state] });
}

/** To a step by name, or to the last one before it whose beginning is known. */
export function goTo(setup: Setup, { state }: Pick<Of<"go_to">, "state">): Step {
  if (setup.state === "done") return back(setup);
  if (state === "execute")
    return setup.state === "review" ? execute(setup) : goTo(setup, { state: "review" });
  if (state === "test_connection" || state === "discover_schema") return advance(setup);
  if (!["gather_credentials", "select_streams", "configure_sync", "review"].includes(state))
    return stay({ ...setup, state: "select_source_type" });
  if (!specOf(setup.connector)) return stay({ ...setup, state: "select_source_type" });
  if (state === "gather_credentials" || !setup.found || setup.failure || stillMissing(setup).length > 0)
    return stay({ ...setup, state: "gather_credentials" });
  if (state === "select_streams" || setup.picked.length === 0)
    return stay({ ...setup, state: "select_streams" });
  return stay({
    ...setup,
    state: state === "review" && setup.schedule !== undefined ? "review" : "configure_sync",
  });
}

/** From the beginning: everything that was entered is forgotten. */
export const startOver = (setup: Setup): Step => ({
  setup: { ...initialSetup(), state: "select_source_type" },
  effects: forget(setup),
  note: "From the beginning.",
});

/** Ends it without making anything; what was entered is forgotten. */
export function cancel(setup: Setup): Step {
  if (setup.state === "done")
    return stay(setup, "It is set up already; delete it on its page if it is not wanted.");
  return { setup: { ...initialSetup(), state: "failed" }, effects: forget(setup) };
}

const execute = (setup: Setup): Step => ({
  setup: { ...setup, state: "execute" },
  effects: [{ type: "execute" }],
});

/** Yes: the next step, with what is proposed. */
export function confirm(setup: Setup): Step {
  switch (setup.state) {
    case "gather_credentials":
    case "test_connection":
      return advance(setup);
    case "discover_schema":
      return { setup, effects: [{ type: "discover_schema" }] };
    case "select_streams":
      if (setup.picked.length > 0) return goTo(setup, { state: "review" });
      if (setup.found?.total !== 1) return stay(setup);
      return { setup, effects: [{ type: "pick_streams", selection: { by: "all" }, how: "only" }] };
    case "configure_sync":
      return setSchedule(setup, {
        type: "set_schedule",
        schedule: setup.schedule === undefined ? SUGGESTED_SCHEDULE : setup.schedule,
      });
    case "review":
    case "execute":
      return execute(setup);
    default:
      return stay(setup);
  }
}

/** Once more what did not work, or what is under way. */
export function retry(setup: Setup): Step {
  if (setup.state === "select_streams")
    return { setup: { ...setup, state: "discover_schema" }, effects: [{ type: "discover_schema" }] };
  const { outcome } = setup;
  if (setup.state === "failed")
    return outcome && setup.picked.length > 0
      ? execute(setup)
      : stay({ ...setup, state: "select_source_type" });
  if (setup.state === "done")
    return mendable(setup) ? execute(setup) : stay(setup, "There is nothing to mend: everything worked.");
  if (setup.state === "review" || setup.state === "configure_sync") return stay(setup);
  return confirm(setup);
}

/** True if something of what was made did not work. */
export const mendable = ({ outcome }: Setup): boolean =>
  outcome?.schedule?.ok === false || outcome?.initial_sync?.ok === false || outcome?.error !== undefined;

/** What came of making it. */
export function executed(setup: Setup, { outcome }: Of<"executed">): Step {
  if (setup.state !== "execute") return stay(setup);
  return stay({ ...setup, state: outcome.pipeline_id === undefined ? "failed" : "done", outcome });
}
