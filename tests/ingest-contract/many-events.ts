import { limits } from "#lib/limits.ts";
import { type Asking, deepEvent, example, LINES, type Line, uid } from "./asking.ts";

/** Events that come together: batches, lines of JSON, CloudEvents. */
export function declareManyEvents({ test, expect, door, each, send, json, refused, batch }: Asking): void {
  each(
    ["list", "events"],
    (form) => `a batch as ${form}: each is taken or refused by itself`,
    async (form) => {
      const { tenant } = await door();
      const [first, second, third] = [uid(), uid(), uid()];
      const events = [
        example(tenant, first),
        { event_id: "" },
        example("t_other", uid()),
        7,
        example(tenant, first),
        { ...example(tenant, first), source: "another" },
        example(tenant, second),
      ];
      const texts = events.map((event) => JSON.stringify(event));
      texts.push(
        `{"event_id":"${third}","event_id":"${third}"}`,
        `{"event_id":"${uid()}","payload":{"t":"\\u0000"}}`,
      );
      const list = `[${texts.join(", ")}]`;
      const answer = await batch(await send(form === "list" ? list : `{"events": ${list}}`));
      expect(answer.results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(answer.results.map(({ status, code }) => code ?? status)).toEqual([
        "accepted",
        "bad_request",
        "tenant_mismatch",
        "bad_request",
        "accepted",
        "event_conflict",
        "accepted",
        "malformed_json",
        "malformed_json",
      ]);
      expect([answer.accepted, answer.failed]).toEqual([3, 6]);
      expect(answer.results[4]).toMatchObject({ lsn: answer.results[0]?.lsn, replayed: true });
      expect(answer.results[0]).not.toHaveProperty("replayed");
    },
  );

  test("a batch that went well may be answered by its failures alone", async () => {
    const events = [{ event_id: uid() }, { event_id: 5 }, { event_id: uid() }];
    const answer = await batch(await json({ events }, "?results=failed"));
    expect(answer).toMatchObject({ accepted: 2, failed: 1, results: [{ index: 1, status: 400 }] });
    await refused(await json({ events }, "?results=none"), 400, "bad_request");
  });

  test("a batch has its limits", async () => {
    expect(await batch(await json([]))).toEqual({ results: [], accepted: 0, failed: 0 });
    await refused(await json(Array.from({ length: limits.batchEvents + 1 }, () => ({}))), 413, "too_large");
    const large = { event_id: uid(), payload: { text: "x".repeat(limits.eventBytes) } };
    const answer = await batch(await json([large, { event_id: uid() }]));
    expect(answer.results.map(({ status }) => status)).toEqual([413, "accepted"]);
    await refused(await json(Array.from({ length: 11 }, () => large)), 413, "too_large");
    const nested = (depth: number) =>
      `{"event_id":"${uid()}","payload":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
    const deep = await batch(await send(`[${nested(limits.eventDepth - 1)},${nested(limits.eventDepth)}]`));
    expect(deep.results.map(({ code, status }) => code ?? status)).toEqual(["accepted", "malformed_json"]);
    const lists = await batch(await send("[".repeat(10_000) + "]".repeat(10_000)));
    expect(lists.results.map(({ code }) => code)).toEqual(["malformed_json"]);
  });

  test("10,000 times the same event in one batch is one event", async () => {
    const event = { event_id: uid(), source: "many" };
    const answer = await batch(await json(Array.from({ length: limits.batchEvents }, () => event)));
    expect([answer.accepted, answer.failed]).toEqual([limits.batchEvents, 0]);
    expect(new Set(answer.results.map(({ lsn }) => lsn)).size).toBe(1);
    expect(answer.results.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test("lines of JSON: a bad one fails only itself", async () => {
    const good = () => JSON.stringify({ event_id: uid() });
    const long = JSON.stringify({ event_id: uid(), payload: { text: "x".repeat(5 * 1_048_576) } });
    const invalid = Buffer.concat([Buffer.from('{"event_id":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const lines = [good(), "", "{", long, `${good()}\r`, "  ", "[]", invalid, deepEvent(10_000), good()];
    const body = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from("\n")]).slice(0, -1));
    const answer = await batch(await send(new Uint8Array(body), LINES));
    expect(answer.results.map(({ code, status }) => code ?? status)).toEqual([
      "accepted",
      "malformed_json",
      "too_large",
      "accepted",
      "bad_request",
      "malformed_json",
      "malformed_json",
      "accepted",
    ]);
    expect(answer.results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([answer.accepted, answer.failed]).toEqual([3, 5]);
    expect(await batch(await send("", LINES))).toEqual({ results: [], accepted: 0, failed: 0 });
  });

  test("lines of JSON are answered in lines to whoever asks for them", async () => {
    const lines = Array.from({ length: 2_500 }, (_, at) =>
      at % 1_000 === 7 ? "no" : JSON.stringify({ event_id: uid() }),
    );
    const response = await send(lines.join("\n"), `${LINES}; charset=utf-8`, { accept: LINES });
    expect(response.status).toBe(207);
    expect(response.headers.get("content-type")).toBe(LINES);
    const told = (await response.text()).trimEnd().split("\n");
    expect(JSON.parse(told.pop() ?? "")).toEqual({ accepted: 2_497, failed: 3 });
    const results = told.map((line) => JSON.parse(line) as Line);
    expect(results.map(({ index }) => index)).toEqual(lines.map((_, at) => at));
    const lsns = results.flatMap(({ lsn }) => (lsn === undefined ? [] : [lsn]));
    expect(lsns).toEqual([...lsns].sort((a, b) => a - b));
    const failures = await send(lines.slice(0, 10).join("\n"), LINES, { accept: LINES }, "?results=failed");
    expect((await failures.text()).trimEnd().split("\n")).toHaveLength(2);
  });

  test("a CloudEvent in structured mode is an event", async () => {
    const { tenant } = await door();
    const id = uid();
    const cloud = {
      specversion: "1.0",
      id,
      source: "/agents/a",
      type: "user_message",
      time: "2026-03-16T08:00:00Z",
      datacontenttype: "application/json",
      agentid: "agent_a",
      sessionid: "sess_a",
      workspaceid: "w_demo",
      tenantid: tenant,
      causalrefs: "one, two",
      data: { text: "hello" },
    };
    const type = "application/cloudevents+json; charset=utf-8";
    const response = await send(JSON.stringify(cloud), type);
    expect(await response.json()).toEqual({
      status: "accepted",
      lsn: expect.any(Number),
      event_id: id,
      memory_id: `mem_${id}`,
      edges: 4,
      state_id: `state_sess_a_${id}`,
    });
    const { data: _data, ...bare } = cloud;
    const problem = await refused(
      await send(JSON.stringify({ ...bare, specversion: "0.3", id: "", type: 5 }), type),
      400,
      "bad_request",
    );
    expect(problem.issues?.map(({ path }) => path)).toEqual(["/specversion", "/id", "/type"]);
    const several = JSON.stringify([
      cloud,
      { ...cloud, id: "" },
      { ...cloud, id: uid(), data: "plain text" },
    ]);
    const answer = await batch(await send(several, "application/cloudevents-batch+json"));
    expect(answer.results.map(({ status }) => status)).toEqual(["accepted", 400, "accepted"]);
  });
}
