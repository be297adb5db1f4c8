import { describe, expect, it } from "vitest";
import { DataError } from "#lib/connectors/index.ts";
import { loadError } from "./load-error.ts";

const answer = (code: string, message = "what the server says") =>
  Object.assign(new Error(message), { code });

describe("loadError", () => {
  it.each([
    ["a refused connection", answer("ECONNREFUSED"), "destination_lost", true],
    ["a name that is not known", answer("ENOTFOUND"), "destination_lost", true],
    ["a server that shuts down", answer("57P01"), "destination_lost", true],
    ["a dead connection", new Error("Connection terminated unexpectedly"), "destination_lost", true],
    ["a full disk", answer("53100"), "disk_full", true],
    ["no free connection", answer("53300"), "destination_busy", true],
    ["a lock that is held", answer("55P03"), "destination_busy", true],
    ["a deadlock", answer("40P01"), "load_conflict", true],
    ["a key that is there", answer("23505"), "duplicate_key", false],
    ["a missing value", answer("23502"), "null_refused", false],
    ["a missing right", answer("42501"), "destination_denied", false],
    ["a wrong password", answer("28P01"), "destination_denied", false],
    ["anything else", answer("22003"), "load_failed", false],
  ])("%s", (_title, error, code, retryable) => {
    const known = loadError(error, "out");
    expect(known).toMatchObject({ code, retryable, place: { nodeId: "out" } });
  });

  it("shows neither the engine's SQL nor a secret", () => {
    const known = loadError(new Error("Cannot do it\n\nLINE 1: SELECT secret"), "out") as Error;
    expect(known.message).toBe("Cannot do it");
  });

  it("keeps what is known already, and adds the node", () => {
    const known = loadError(new DataError("empty_load", "none", { hint: "h" }), "out");
    expect(known).toMatchObject({ code: "empty_load", place: { nodeId: "out", hint: "h" } });
  });
});
