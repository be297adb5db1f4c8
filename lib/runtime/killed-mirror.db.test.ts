import { declareMirrorKills } from "#tests/killing/declare-mirror-kills.ts";
import { mysqlSource } from "#tests/mirrors/mysql.ts";
import { postgresSource } from "#tests/mirrors/postgres.ts";

// All of them, and random ones: tests/killed-mirror.soak.ts.
declareMirrorKills(postgresSource, "duckdb", [
  "when the source follows for us, and nothing is loaded",
  "when changes are applied, and their position is not",
  "when changes are committed, and the source does not know",
]);
declareMirrorKills(postgresSource, "postgres", ["when the table is half changed", "anytime"]);
declareMirrorKills(mysqlSource, "duckdb", ["when changes are applied, and their position is not"]);
declareMirrorKills(mysqlSource, "postgres", [
  "when the source follows for us, and nothing is loaded",
  "while changes are committed",
]);
