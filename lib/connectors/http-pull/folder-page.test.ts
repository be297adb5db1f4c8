import { describe, expect, it } from "vitest";
import { pageEntries } from "./folder-page.ts";

const PAGE = "https://data.example.com/exports/";
const names = (html: string, page = PAGE) =>
  pageEntries(html, page).map(({ name, folder }) => `${name}${folder ? "/" : ""}`);

describe("pageEntries", () => {
  it("reads the pages of nginx and Apache", () => {
    const nginx =
      '<a href="../">../</a>\n<a href="old/">old/</a>  22-Nov-2026\n<a href="a%20%26%20b.csv">a &amp; b.csv</a>';
    expect(names(nginx)).toEqual(["old/", "a & b.csv"]);
    const apache =
      '<tr><th><a href="?C=N;O=D">Name</a></th></tr><td><a href="/">Parent Directory</a></td><td><a href="a.csv">a.csv</a></td>';
    expect(names(apache)).toEqual(["a.csv"]);
  });

  it("reads links however they are written", () => {
    expect(names(`<A class=x HREF='a.csv'>`)).toEqual(["a.csv"]);
    expect(names("<a href=b.csv>")).toEqual(["b.csv"]);
    expect(names(`<a href="/exports/c.csv">`)).toEqual(["c.csv"]);
    expect(names(`<a href="${PAGE}d.csv">`)).toEqual(["d.csv"]);
    expect(names(`<a href="e&#38;f&#x26;g.csv">`)).toEqual(["e&f&g.csv"]);
  });

  it("takes each name once", () => {
    expect(names('<a href="a.csv"><a href="./a.csv">')).toEqual(["a.csv"]);
  });

  it.each([
    ["another site", "https://evil.example.com/exports/a.csv"],
    ["another site without a scheme", "//evil.example.com/exports/a.csv"],
    ["another port", "https://data.example.com:8443/exports/a.csv"],
    ["another scheme", "http://data.example.com/exports/a.csv"],
    ["a script", "javascript:alert(1)"],
    ["what is above", "../secret.csv"],
    ["what is above, encoded", "%2e%2e/secret.csv"],
    ["what is above, behind an encoded slash", "..%2fsecret.csv"],
    ["what is beside", "/exports-private/a.csv"],
    ["itself", "./"],
    ["further down", "x/y.csv"],
    ["an encoded slash", "x%2Fy.csv"],
    ["an encoded NUL", "a%00.csv"],
    ["a broken escape", "a%zz.csv"],
    ["a search", "a.csv?x=1"],
    ["a place in the page", "#a"],
    ["nothing", ""],
  ])("passes over %s", (_what, href) => {
    expect(names(`<a href="${href}">`)).toEqual([]);
  });

  it("stays below the folder that the page was answered from", () => {
    expect(names('<a href="a.csv">', "https://data.example.com/exports/index.html")).toEqual(["a.csv"]);
  });

  it("does not hang on a page made to", () => {
    const before = process.cpuUsage();
    names("<a ".repeat(200_000));
    names(`<a href="${"&".repeat(500_000)}`);
    names('<a href="'.repeat(100_000));
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
  });
});
