import { describe, expect, it } from "vitest";
import { connectorSpecs, fieldsOf } from "#lib/connectors/schema.ts";
import { fieldsToSend, findErrors, shownValue } from "./field-values.ts";

const fields = fieldsOf(connectorSpecs.postgres);
const field = (name: string) => {
  const found = fields.find((one) => one.name === name);
  if (!found) throw new Error(`no field ${name}`);
  return found;
};
const nothing = { config: {}, held: [] };

describe("what stands in a field", () => {
  it("is what was typed, then what is known, then the usual", () => {
    expect(shownValue(field("port"), { port: "1" }, { port: 5433 })).toBe("1");
    expect(shownValue(field("port"), {}, { port: 5433 })).toBe("5433");
    expect(shownValue(field("port"), {}, {})).toBe("5432");
    expect(shownValue(field("sslmode"), {}, {})).toBe("prefer");
    expect(shownValue(field("host"), {}, {})).toBe("");
  });
});

describe("what is sent", () => {
  it("is what differs, numbers as numbers, the usual port too", () => {
    const drafts = { host: " db ", database: "shop", password: " p " };
    expect(fieldsToSend(fields, drafts, nothing)).toEqual({
      host: "db",
      port: 5432,
      database: "shop",
      password: " p ",
    });
    const known = { config: { host: "db", port: 5432 }, held: [] };
    expect(fieldsToSend(fields, { host: "db", port: "5432" }, known)).toEqual({});
  });

  it("takes a known field away when it was emptied, and never a secret", () => {
    const known = { config: { port: 5432, schema: "public" }, held: ["password"] };
    expect(fieldsToSend(fields, { schema: "", password: "", ssl_root_cert: "" }, known)).toEqual({
      schema: "",
    });
  });
});

describe("what is wrong", () => {
  it("is what is missing and what is no such value", () => {
    const errors = findErrors(connectorSpecs.postgres, fields, { host: "a b", port: "99999" }, nothing);
    expect(Object.keys(errors).sort()).toEqual(["database", "host", "password", "port", "username"]);
    expect(errors.host).toBe("must be a host name or an address");
  });

  it("is nothing with a secret that the server holds", () => {
    const known = { config: { host: "db", database: "shop", username: "me" }, held: ["password"] };
    expect(findErrors(connectorSpecs.postgres, fields, {}, known)).toEqual({});
  });

  it("asks for one of a group only, and not once the other is given", () => {
    const snowflake = fieldsOf(connectorSpecs.snowflake);
    const before = Object.keys(findErrors(connectorSpecs.snowflake, snowflake, {}, nothing));
    expect(before).toContain("password");
    expect(before).not.toContain("private_key");
    const after = findErrors(connectorSpecs.snowflake, snowflake, {}, { config: {}, held: ["private_key"] });
    expect(Object.keys(after)).not.toContain("password");
  });
});
