import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { draftIr, ordersIr } from "#tests/pipeline-documents.ts";
import { main } from "./main.ts";

const KEY = "pk_test-key-that-nobody-may-see";

/** Runs a command line and catches what it writes. */
async function penstock(argv: string[], env: Record<string, string> = {}) {
  let [out, err] = ["", ""];
  const code = await main({
    argv,
    env,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

function file(name: string, text: string): string {
  const at = path.join(mkdtempSync(path.join(inject("temporaryFolder"), "cli-")), name);
  writeFileSync(at, text);
  return at;
}

describe("penstock validate, without a server", () => {
  it("takes what is whole, although it names a source and a destination that only the server knows", async () => {
    const nodes = ordersIr("orders", { destination: "reporting" }).nodes as object[];
    const from = { ...nodes[0], connector: "s3", sourceRef: "bucket" };
    const at = file("a.json", JSON.stringify({ ...ordersIr("orders"), nodes: [from, nodes[1]] }));
    const { code, out, err } = await penstock(["validate", at]);
    expect([code, out]).toEqual([0, `${at}: valid by itself\n`]);
    expect(err).toContain("Not checked against a server");
  });

  it("says where it is wrong, as compilers do", async () => {
    const at = file(
      "a.yaml",
      'kind: pipeline\nversion: "1.0"\nid: a\nmetadata: {name: A}\nnodes:\n  - {id: s, kind: sorce}\n',
    );
    const { code, out, err } = await penstock(["validate", at]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(`${at}:6:13: error: `);
    expect(err).toContain('(did you mean "source"?) [unknown_value]');
    const told = await penstock(["validate", at, "--json"]);
    expect(told).toMatchObject({ code: 1, err: "" });
    expect(JSON.parse(told.out)).toMatchObject({
      ok: false,
      server: false,
      files: [{ file: at, issues: [{ code: "unknown_value", line: 6, column: 13 }] }],
    });
  });

  it("takes a draft only where it is asked to", async () => {
    const at = file("a.json", JSON.stringify(draftIr("orders")));
    expect((await penstock(["validate", at])).code).toBe(1);
    expect((await penstock(["validate", at, "--draft"])).code).toBe(0);
  });

  it("never repeats a secret that it finds", async () => {
    const text = JSON.stringify({
      ...ordersIr("orders"),
      metadata: { name: "x", description: "password=hunter22" },
    });
    for (const [name, content] of [
      ["a.json", text],
      ["b.json", text.replace("}}", "} password=hunter22")],
      ["c.yaml", "password: hunter22\npassword: [hunter22"],
    ] as const)
      for (const more of [[], ["--json"]]) {
        const { code, out, err } = await penstock(["validate", file(name, content), ...more]);
        expect(code).toBe(1);
        expect(out + err).not.toContain("hunter22");
      }
  });
});

describe("penstock", () => {
  it.each([
    [[], "Say what to do"],
    [["frobnicate"], "There is no command"],
    [["list", "x"], "list takes no operand"],
    [["list", "--wait"], "list takes no --wait"],
    [["list", "--nope"], "Unknown option"],
    [["list"], "Say where Penstock is"],
    [["list", "--url", "ftp://x"], "must begin with http"],
    [["list", "--url", "http://u:hunter22@localhost"], "must not hold a password"],
    [["list", "--url", "http://localhost:1"], "Say as whom"],
    [["run", "a", "--timeout", "5", "--url", "http://localhost:1", "--key", KEY], "--timeout needs --wait"],
    [["run", "a", "--wait", "--timeout", "soon", "--url", "http://localhost:1"], "whole number"],
    [["apply", "/nowhere/a.yaml", "--url", "http://localhost:1"], "there is no such file"],
    [["apply", "a.txt"], "ends in .yaml, .yml or .json"],
  ])("%j is called wrongly, and says what would be right", async (argv, message) => {
    const { code, out, err } = await penstock(argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).not.toContain("hunter22");
    expect(err).not.toContain(KEY);
    const told = await penstock([...argv, "--json"]);
    expect(told).toMatchObject({ code: 2, err: "" });
    expect(JSON.parse(told.out)).toMatchObject({ ok: false, error: { code: "usage" } });
  });

  it("ends with 3 where nothing answers, or something else does, and never shows the key", async () => {
    const problem = JSON.stringify({ code: "unavailable", detail: "The service is not ready" });
    const other = createServer((request, response) => {
      if (request.url?.startsWith("/starting/")) response.writeHead(503).end(problem);
      else response.writeHead(502).end("<html>bad gateway");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const closed = () => new Promise((resolve) => other.close(resolve));
    onTestFinished(() => void other.close());
    const env = { PENSTOCK_URL: url, PENSTOCK_API_KEY: KEY };
    const strange = await penstock(["list"], env);
    expect(strange).toMatchObject({ code: 3, out: "" });
    const starting = await penstock(["list", "--url", `${url}/starting`], env);
    expect(starting).toMatchObject({
      code: 3,
      out: "",
      err: "penstock: The service is not ready [unavailable]\n",
    });
    other.closeAllConnections();
    await closed();
    const silent = await penstock(["list"], env);
    expect(silent.code).toBe(3);
    expect(silent.err).toContain("The server did not answer");
    const json = await penstock(["list", "--json"], env);
    expect(JSON.parse(json.out)).toMatchObject({ error: { code: "network" } });
    expect(strange.err + silent.err + silent.out + json.out).not.toContain(KEY);
  });

  it("helps", async () => {
    for (const argv of [["--help"], ["help"], ["run", "-h"]]) {
      const { code, out } = await penstock(argv);
      expect(code).toBe(0);
      for (const command of ["validate", "diff", "apply", "export", "run", "logs", "list"])
        expect(out).toMatch(new RegExp(`^ {2}${command}`, "m"));
    }
  });
});
