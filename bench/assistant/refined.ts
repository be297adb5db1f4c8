import type { JsonPatchOp } from "#lib/json-patch/index.ts";

/** Proposals that are open when a follow-up comes, by name. */
export const REFINED: Readonly<Record<string, JsonPatchOp[]>> = {
  "mask email": [
    {
      op: "add",
      path: "/nodes/-",
      value: {
        id: "mask",
        kind: "transform",
        input: "src",
        ops: [{ op: "mask_pii", field: "email", strategy: "email" }],
      },
    },
    { op: "test", path: "/nodes/1/id", value: "load" },
    { op: "replace", path: "/nodes/1/input", value: "mask" },
  ],
  daily: [
    { op: "add", path: "/schedule", value: { kind: "cron", expression: "0 0 * * *", timezone: "UTC" } },
  ],
  "at least 100 rows": [
    {
      op: "add",
      path: "/nodes/-",
      value: {
        id: "validate",
        kind: "validate",
        input: "src",
        datasetLevel: { rowCount: { min: 100, onFail: "abort" } },
      },
    },
    { op: "test", path: "/nodes/1/id", value: "load" },
    { op: "replace", path: "/nodes/1/input", value: "validate" },
  ],
};
