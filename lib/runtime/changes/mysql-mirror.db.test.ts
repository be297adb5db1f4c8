import { declareMirror } from "#tests/mirrors/declare-mirror.ts";
import { mysqlSource } from "#tests/mirrors/mysql.ts";

declareMirror(mysqlSource);
