import { describe, expect, test } from "vitest";
import { ackOf, materialize } from "./materialize.ts";
import type { StoredEvent } from "./schema.ts";

const EVENT: StoredEvent = {
  lsn: 12,
  event_id: "evt_demo_001",
  tenant_id: "t_demo",
  workspace_id: "w_demo",
  agent_id: "agent_a",
  session_id: "sess_a",
  event_type: "user_message",
  event_time: "2026-03-16T08:00:00Z",
  ingest_time: "2026-03-16T08:00:01Z",
  visible_time: "2026-03-16T08:00:02Z",
  logical_ts: 0,
  parent_event_id: "",
  causal_refs: [],
  payload: { text: "hello andb", artifact_uri: "s3://bucket/demo.bin" },
  source: "api",
  importance: 0.5,
  visibility: "private",
  version: 1,
};
const given = (fields: Partial<StoredEvent> = {}): StoredEvent => ({ ...EVENT, ...fields });

describe("given the contract's example", () => {
  const changes = materialize(EVENT);

  test("its acknowledgment is the contract's", () => {
    expect(ackOf(EVENT, 12)).toEqual({
      status: "accepted",
      lsn: 12,
      event_id: "evt_demo_001",
      memory_id: "mem_evt_demo_001",
      edges: 2,
      state_id: "state_sess_a_evt_demo_001",
      artifact_id: "art_evt_demo_001",
    });
  });

  test("then there is its memory", () => {
    expect(changes.memories).toEqual([
      {
        tenantId: "t_demo",
        memoryId: "mem_evt_demo_001",
        lsn: 12,
        memoryType: "episodic",
        workspaceId: "w_demo",
        agentId: "agent_a",
        sessionId: "sess_a",
        scope: "w_demo",
        level: 0,
        content: "hello andb",
        summary: "",
        sourceEventIds: ["evt_demo_001"],
        provenanceRef: "evt_demo_001",
        confidence: 1,
        importance: 0.5,
        freshness: 1,
        visibility: "private",
        visibleTime: "2026-03-16T08:00:02Z",
        validFrom: "2026-03-16T08:00:00Z",
        validTo: null,
        version: 12,
        isActive: true,
      },
    ]);
  });

  test("then there are its edges, state and artifact", () => {
    const edge = {
      tenantId: "t_demo",
      lsn: 12,
      srcObjectId: "mem_evt_demo_001",
      srcType: "memory",
      weight: 1,
      provenanceRef: "evt_demo_001",
      createdTime: "2026-03-16T08:00:00Z",
    };
    expect(changes.edges).toEqual([
      {
        ...edge,
        edgeId: "edge_mem_evt_demo_001_session",
        edgeType: "belongs_to_session",
        dstObjectId: "sess_a",
        dstType: "session",
      },
      {
        ...edge,
        edgeId: "edge_mem_evt_demo_001_agent",
        edgeType: "owned_by_agent",
        dstObjectId: "agent_a",
        dstType: "agent",
      },
    ]);
    expect(changes.states).toMatchObject([
      {
        stateId: "state_sess_a_evt_demo_001",
        stateType: "ingest_checkpoint",
        stateKey: "last_memory_id",
        stateValue: "mem_evt_demo_001",
        derivedFromEventId: "evt_demo_001",
      },
    ]);
    expect(changes.artifacts).toMatchObject([
      {
        artifactId: "art_evt_demo_001",
        artifactType: "external_ref",
        uri: "s3://bucket/demo.bin",
        mimeType: "",
      },
    ]);
  });

  test("then each of them has a version, and its agent and session are mentioned", () => {
    expect(changes.versions.map(({ objectType, objectId }) => `${objectType} ${objectId}`)).toEqual([
      "memory mem_evt_demo_001",
      "state state_sess_a_evt_demo_001",
      "artifact art_evt_demo_001",
    ]);
    for (const version of changes.versions)
      expect(version).toMatchObject({ version: 12, snapshotTag: "ingest:user_message", body: null });
    expect(
      changes.objects.map(({ objectType, objectId, mentioned }) => [objectType, objectId, mentioned]),
    ).toEqual([
      ["agent", "agent_a", true],
      ["session", "sess_a", true],
    ]);
  });
});

describe("what an event becomes", () => {
  test.each([
    ["user_message", "episodic"],
    ["assistant_message", "episodic"],
    ["critique_generated", "reflective"],
    ["reflection", "reflective"],
    ["plan_updated", "procedural"],
    ["tool_result_returned", "factual"],
    ["", "episodic"],
    ["toString", "episodic"],
  ])("given %s, a memory that is %s", (event_type, type) => {
    expect(materialize(given({ event_type })).memories[0]?.memoryType).toBe(type);
  });

  test("given no workspace its scope is the session, given neither it is default", () => {
    const scope = (fields: Partial<StoredEvent>) => materialize(given(fields)).memories[0]?.scope;
    expect(scope({ workspace_id: "" })).toBe("sess_a");
    expect(scope({ workspace_id: "", session_id: "" })).toBe("default");
  });

  test("given nobody and no session, no edges or mentions, and the state of the default session", () => {
    const event = given({ agent_id: "", session_id: "" });
    const { edges, objects, states } = materialize(event);
    expect([edges, objects]).toEqual([[], []]);
    expect(states[0]?.stateId).toBe("state_default_session_evt_demo_001");
    expect(ackOf(event, 12)).toMatchObject({ edges: 0, state_id: "state_default_session_evt_demo_001" });
  });

  test("given causes, an edge to each, and the acknowledgment counts them", () => {
    const event = given({ causal_refs: ["a", "b"] });
    expect(materialize(event).edges.slice(2)).toMatchObject([
      { edgeId: "edge_mem_evt_demo_001_causal_0", edgeType: "derived_from", dstObjectId: "a", weight: 0.8 },
      { edgeId: "edge_mem_evt_demo_001_causal_1", edgeType: "derived_from", dstObjectId: "b", weight: 0.8 },
    ]);
    expect(ackOf(event, 12).edges).toBe(4);
  });

  test.each([
    [{ artifact_uri: "a", artifact: { uri: "b" }, uri: "c" }, "artifact_attached", "a"],
    [{ artifact: { uri: "b" }, uri: "c" }, "artifact_attached", "b"],
    [{ uri: "c" }, "artifact_attached", "c"],
    [{ uri: "c" }, "user_message", undefined],
    [{ artifact_uri: 7, artifact: "b" }, "user_message", undefined],
    [{ artifact_uri: "", artifact: null }, "artifact_attached", undefined],
  ])("given the payload %j of %s, the artifact's URI is %s", (payload, event_type, uri) => {
    const event = given({ payload, event_type });
    expect(materialize(event).artifacts.map((row) => row.uri)).toEqual(uri === undefined ? [] : [uri]);
    expect("artifact_id" in ackOf(event, 12)).toBe(uri !== undefined);
  });

  test("given a logical time of its own, its versions carry it; given no event time, it holds from its ingest", () => {
    const { memories, versions } = materialize(given({ logical_ts: 7, event_time: null }));
    expect(memories[0]).toMatchObject({ version: 7, validFrom: "2026-03-16T08:00:01Z" });
    expect(new Set(versions.map(({ version }) => version))).toEqual(new Set([7]));
  });

  test("given text that is none, the memory is empty", () => {
    expect(materialize(given({ payload: { text: { not: "text" } } })).memories[0]?.content).toBe("");
  });

  test("given a tombstone, nothing", () => {
    const changes = materialize(
      given({ payload: {}, erased: { at: "2026-03-17T00:00:00Z", reason: "asked" } }),
    );
    expect(Object.values(changes).flat()).toEqual([]);
  });

  test("given several, they collect in order", () => {
    const changes = materialize(EVENT);
    expect(materialize(given({ event_id: "second", lsn: 13 }), changes)).toBe(changes);
    expect(changes.memories.map(({ lsn }) => lsn)).toEqual([12, 13]);
  });
});

describe("given an object that somebody wrote", () => {
  const written = (object_type: string, object: Record<string, unknown>) =>
    materialize(given({ event_type: "object_upserted", payload: { object_type, object } }));

  test("a memory is its row and its version, and nothing else", () => {
    const { memories, versions, ...rest } = written("memory", { memory_id: "m1", content: "as written" });
    expect(memories).toMatchObject([
      { memoryId: "m1", content: "as written", lsn: 12, version: 12, scope: "default", isActive: true },
    ]);
    expect(memories[0]?.sourceEventIds).toEqual(["evt_demo_001"]);
    expect(versions).toMatchObject([
      { objectId: "m1", objectType: "memory", body: { memory_id: "m1", content: "as written" } },
    ]);
    expect(Object.values(rest).flat()).toEqual([]);
  });

  test.each([
    ["edge", "edges", { edge_id: "x", src_object_id: "a", dst_object_id: "b" }, { edgeId: "x", weight: 1 }],
    ["state", "states", { state_id: "x", state_value: "7" }, { stateId: "x", stateValue: "7" }],
    ["artifact", "artifacts", { artifact_id: "x" }, { artifactId: "x", artifactType: "external_ref" }],
    ["agent", "objects", { agent_id: "x", name: "A" }, { objectType: "agent", objectId: "x", agentId: "x" }],
    ["session", "objects", { session_id: "x" }, { objectType: "session", objectId: "x", sessionId: "x" }],
    ["policy", "objects", { policy_id: "x" }, { objectType: "policy", objectId: "x", mentioned: false }],
    ["share_contract", "objects", { contract_id: "x" }, { objectType: "share_contract", objectId: "x" }],
  ] as const)("given a %s, one of %s", (type, table, object, row) => {
    const changes = written(type, object);
    expect(changes[table]).toMatchObject([row]);
    expect(changes.versions).toMatchObject([{ objectId: "x", objectType: type, body: object }]);
    expect(Object.values(changes).flat()).toHaveLength(2);
  });

  test("its acknowledgment has nothing that was not made", () => {
    expect(ackOf(given({ event_type: "object_upserted" }), 12)).toEqual({
      status: "accepted",
      lsn: 12,
      event_id: "evt_demo_001",
      edges: 0,
    });
  });
});
