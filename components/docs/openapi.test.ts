import { expect, test } from "vitest";
import {
  curlOf,
  type Entry,
  exampleOf,
  listEntries,
  type OpenApi,
  searchEntries,
  typeName,
} from "./openapi.ts";

const document: OpenApi = {
  info: { title: "T", version: "1" },
  paths: {
    "/api/v1/pipelines/{id}/ir": {
      get: { summary: "Read the IR" },
      post: {
        summary: "Save a version",
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Save" } } } },
      },
    },
    "/healthz": { get: { summary: "Alive", security: [] } },
  },
  components: {
    schemas: {
      Save: {
        type: "object",
        required: ["ir"],
        properties: { ir: { type: "object" }, note: { type: "string" } },
      },
    },
  },
};
const entries = listEntries(document);
const entry = (anchor: string) => entries.find((one) => one.anchor === anchor) as Entry;

test("each operation has its own anchor and a group from its path", () => {
  expect(entries.map(({ anchor, group }) => [anchor, group])).toEqual([
    ["get-api-v1-pipelines-id-ir", "Pipelines"],
    ["post-api-v1-pipelines-id-ir", "Pipelines"],
    ["get-healthz", "Healthz"],
  ]);
});

test("search wants every word, in any order", () => {
  expect(searchEntries(entries, "save pipelines").map(({ anchor }) => anchor)).toEqual([
    "post-api-v1-pipelines-id-ir",
  ]);
  expect(searchEntries(entries, "  ")).toHaveLength(3);
  expect(searchEntries(entries, "save healthz")).toEqual([]);
});

test("an example holds the required members and nothing else", () => {
  expect(exampleOf(document, { $ref: "#/components/schemas/Save" })).toEqual({ ir: {} });
});

test("types are named in words", () => {
  expect(typeName(document, { type: "array", items: { $ref: "#/components/schemas/Save" } })).toBe(
    "list of Save",
  );
  expect(typeName(document, { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }] })).toBe(
    "date-time or null",
  );
  expect(typeName(document, { enum: ["a", 1] })).toBe('"a" | 1');
});

test("curl carries the key from the environment, and none where none is needed", () => {
  expect(curlOf(document, entry("post-api-v1-pipelines-id-ir"), "http://h")).toBe(
    `curl -X POST 'http://h/api/v1/pipelines/{id}/ir' \\\n  -H "Authorization: Bearer $PENSTOCK_KEY" \\\n  -H 'Content-Type: application/json' \\\n  -d '{\n  "ir": {}\n}'`,
  );
  expect(curlOf(document, entry("get-healthz"), "http://h")).toBe("curl 'http://h/healthz'");
});

test("a quote in a body does not end the shell's quote", () => {
  const quoted: OpenApi = {
    ...document,
    paths: {
      "/q": {
        post: {
          requestBody: { content: { "application/json": { schema: { const: "it's" } } } },
          security: [],
        },
      },
    },
  };
  expect(curlOf(quoted, listEntries(quoted)[0] as Entry, "")).toContain(`-d '"it'\\''s"'`);
});
