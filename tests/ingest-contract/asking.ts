import { randomBytes } from "node:crypto";
import type { Ack, BatchAnswer } from "#lib/ingest/schema.ts";
import type { Door, Runner } from "./door.ts";

type Problem = { code: string; error: string; status: number; issues?: { path: string; code: string }[] };
/** One answer of many. */
export type Line = Partial<Ack> & {
  index: number;
  status: string | number;
  code?: string;
  replayed?: boolean;
};
/** What a request carries. */
export type Body = string | Uint8Array<ArrayBuffer>;

/** The path of the door. */
export const AT = "/v1/ingest/events";
/** The content type of lines of JSON. */
export const LINES = "application/x-ndjson";
/** An id that nobody else uses. */
export const uid = (name = "evt") => `${name}_${randomBytes(6).toString("hex")}`;

/** The ways in which the tests of the contract ask a door and judge its answers. */
export type Asking = ReturnType<typeof asking>;

/** Asks the door that is given when a test runs. */
export function asking({ test, expect }: Runner, door: () => Door | Promise<Door>) {
  const each = <Row>(
    rows: readonly Row[],
    title: (row: Row, at: number) => string,
    run: (row: Row) => Promise<void>,
  ) => {
    for (const [at, row] of rows.entries()) test(title(row, at), () => run(row));
  };
  const send = async (
    body: Body,
    type = "application/json",
    more: Record<string, string> = {},
    query = "",
  ) => {
    const { send: post, key } = await door();
    const headers = { authorization: `Bearer ${key}`, "content-type": type, ...more };
    return post(AT + query, { method: "POST", headers, body });
  };
  const json = (value: unknown, query = "") => send(JSON.stringify(value), undefined, {}, query);
  const accepted = async (value: unknown) => {
    const response = await json(value);
    const body = await response.json();
    expect(response.status, JSON.stringify(body)).toBe(200);
    return body as Ack;
  };
  const refused = async (response: Response, status: number, code: string): Promise<Problem> => {
    const problem = (await response.json()) as Problem;
    expect({ status: response.status, code: problem.code }, JSON.stringify(problem)).toEqual({
      status,
      code,
    });
    expect(problem.error).toBe(code);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    return problem;
  };
  const batch = async (response: Response): Promise<Omit<BatchAnswer, "results"> & { results: Line[] }> => {
    const text = await response.text();
    expect(response.status, text.slice(0, 500)).toBe(207);
    return JSON.parse(text);
  };
  return { test, expect, door, each, send, json, accepted, refused, batch };
}

/** The example of the contract, under an id of its own. */
export function example(tenant_id: string, event_id: string) {
  return {
    event_id,
    tenant_id,
    workspace_id: "w_demo",
    agent_id: "agent_a",
    session_id: "sess_a",
    event_type: "user_message",
    event_time: "2026-03-16T08:00:00Z",
    ingest_time: "2026-03-16T08:00:00Z",
    visible_time: "2026-03-16T08:00:00Z",
    logical_ts: 0,
    parent_event_id: "",
    causal_refs: [] as string[],
    payload: { text: "hello andb", artifact_uri: "s3://bucket/demo.bin" },
    source: "api",
    importance: 0.5,
    visibility: "private",
    version: 1,
  };
}

/** An event whose payload is as deep as this. */
export const deepEvent = (depth: number) =>
  `{"event_id":"e","payload":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
