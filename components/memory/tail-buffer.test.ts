import { describe, expect, it } from "vitest";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { arrive, emptyTail, KEPT, release } from "./tail-buffer.ts";

const event = (lsn: number, more: object = {}) => ({ lsn, event_id: `e${lsn}`, ...more }) as StoredEvent;
const lsns = (events: StoredEvent[]) => events.map(({ lsn }) => lsn);

describe("the buffer of the tail", () => {
  it("shows the newest first, each once", () => {
    const buffer = arrive(arrive(emptyTail, [event(1), event(2)], false), [event(2), event(5)], false);
    expect(lsns(buffer.shown)).toEqual([5, 2, 1]);
  });

  it("lets events wait while it is held, and shows them in order afterwards", () => {
    const held = arrive(arrive(arrive(emptyTail, [event(1)], false), [event(2)], true), [event(3)], true);
    expect(lsns(held.shown)).toEqual([1]);
    expect(held.waiting).toHaveLength(2);
    expect(lsns(release(held).shown)).toEqual([3, 2, 1]);
  });

  it("puts a tombstone where its event stood, held or not", () => {
    const gone = event(1, { erased: { at: "2026-11-21T10:00:00Z", reason: "asked" } });
    const buffer = arrive(arrive(emptyTail, [event(1), event(2)], false), [gone], true);
    expect(buffer.shown.at(-1)?.erased?.reason).toBe("asked");
    expect(buffer.waiting).toEqual([]);
  });

  it("keeps the newest when there are too many", () => {
    const many = Array.from({ length: KEPT + 5 }, (_, at) => event(at + 1));
    const { shown } = arrive(emptyTail, many, false);
    expect(shown).toHaveLength(KEPT);
    expect(shown[0]?.lsn).toBe(KEPT + 5);
  });
});
