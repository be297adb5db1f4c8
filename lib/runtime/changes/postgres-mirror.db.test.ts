import { declareMirror } from "#tests/mirrors/declare-mirror.ts";
import { postgresSource } from "#tests/mirrors/postgres.ts";

declareMirror(postgresSource);
