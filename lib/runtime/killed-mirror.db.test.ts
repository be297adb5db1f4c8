import { declareMirrorKills } from "#tests/killing/declare-mirror-kills.ts";

declareMirrorKills("duckdb", [
  "when the source follows for us, and nothing is loaded",
  "when changes are applied, and their position is not",
  "when changes are committed, and the source does not know",
]);
declareMirrorKills("postgres", ["when the table is half changed", "while changes are committed", "anytime"]);
