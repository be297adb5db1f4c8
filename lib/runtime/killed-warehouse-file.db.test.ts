import { declareRelay } from "#tests/killing/declare-relay.ts";
import { chosenCells } from "#tests/killing/moments.ts";

declareRelay("duckdb", chosenCells("duckdb"));
