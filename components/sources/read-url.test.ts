import { describe, expect, it } from "vitest";
import { readUrl } from "./read-url.ts";

describe("readUrl", () => {
  it("tells every part, with what is escaped in it", () => {
    expect(readUrl("postgres", " postgresql://me:p%40ss@db.example.com:5433/shop?sslmode=require ")).toEqual({
      host: "db.example.com",
      port: "5433",
      database: "shop",
      username: "me",
      password: "p@ss",
      sslmode: "require",
    });
  });

  it("leaves out what the URL does not say", () => {
    expect(readUrl("mysql", "mysql://db/shop")).toEqual({ host: "db", database: "shop" });
  });

  it("takes a lone percent sign for what it is", () => {
    expect(readUrl("postgres", "postgres://me:100%@db/shop")?.password).toBe("100%");
  });

  it("knows no URL of another connector, and no plain host name", () => {
    expect(readUrl("mysql", "postgres://db/shop")).toBeUndefined();
    expect(readUrl("postgres", "db.example.com")).toBeUndefined();
    expect(readUrl("s3", "https://db.example.com")).toBeUndefined();
  });
});
