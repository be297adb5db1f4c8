import { describe, expect, it } from "vitest";
import { isSearch, toQuery } from "./search-state.ts";

describe("toQuery", () => {
  it("leaves out what is not asked for", () => {
    expect(toQuery({ q: "late orders" }, 20)).toEqual({
      query_text: "late orders",
      object_types: ["memory"],
      top_k: 20,
    });
  });

  it("takes days whole, in the reader's zone", () => {
    const { time_window } = toQuery({ from: "2026-11-20", to: "2026-11-21" }, 20);
    expect(Date.parse(time_window?.to ?? "") - Date.parse(time_window?.from ?? "")).toBe(2 * 86_400_000 - 1);
    expect(new Date(time_window?.from ?? "").getHours()).toBe(0);
  });

  it("filters by agent, session, type and moment", () => {
    expect(toQuery({ agent: "a", session: "s", type: "factual", asOf: "2026-11-21T10:00" }, 5)).toMatchObject(
      {
        agent_id: "a",
        session_id: "s",
        memory_types: ["factual"],
        as_of: new Date("2026-11-21T10:00").toISOString(),
      },
    );
  });

  it("does not send what is no date", () => {
    expect(toQuery({ from: "yesterday", asOf: "soon" }, 20)).toEqual(toQuery({}, 20));
  });
});

describe("isSearch", () => {
  it("is true for a filter alone", () => {
    expect(isSearch({})).toBe(false);
    expect(isSearch({ agent: "a" })).toBe(true);
  });
});
