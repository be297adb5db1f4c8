import { createHash } from "node:crypto";
import { text as textOf } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import mysql from "mysql2/promise";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresType, sqlIdentifier } from "#lib/ir/index.ts";
import { findMariadb, type MariadbServer, startMariadb } from "../../../tests/servers/mariadb.ts";
import { findPostgres, type PostgresServer, startPostgres } from "../../../tests/services.ts";
import type { OpenedTable } from "../connector.ts";
import { mysqlConnector } from "./mysql.ts";

const installed = findMariadb() && findPostgres() !== undefined;

describe.skipIf(!installed)("reading MariaDB into PostgreSQL", { timeout: 30_000 }, () => {
  let source: MariadbServer;
  let target: PostgresServer;
  let client: pg.Client;

  beforeAll(async () => {
    // The modes that read statements most unlike the usual ones.
    const settings = ["sql_mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH"];
    [source, target] = await Promise.all([startMariadb({ settings }), startPostgres()]);
    await source.run("CREATE DATABASE shop CHARACTER SET utf8mb4");
    client = new pg.Client(target.url);
    await client.connect();
    await client.query("set timezone = 'UTC'");
  }, 90_000);

  afterAll(async () => {
    await client?.end();
    await Promise.all([source?.stop(), target?.stop()]);
  });

  const given = () => ({
    tenant: "t",
    config: {
      ...{ host: source.host, port: source.port, database: "shop" },
      ...{ username: source.user, password: source.password, ssl: "prefer" as const },
    },
  });

  /** Rows by way of COPY, as text. */
  const copied = async (opened: OpenedTable): Promise<(string | null)[][]> => {
    const columns = opened.columns.map(({ name, type }) => `${sqlIdentifier(name)} ${postgresType(type)}`);
    await client.query(`drop table if exists landed; create table landed (${columns.join(", ")})`);
    const { stream, done } = await opened.csv();
    await pipeline(stream, client.query(copyFrom("copy landed from stdin (format csv)")));
    await opened.close();
    const as = opened.columns.map(({ name }) => `${sqlIdentifier(name)}::text`);
    const { rows } = await client.query({ text: `select ${as.join(", ")} from landed`, rowMode: "array" });
    expect(await done).toBe(rows.length);
    return rows;
  };

  const read = (table: string, more = {}) => mysqlConnector.read(given(), { table, ...more });

  /** One column of this type with these values, as PostgreSQL has it afterwards. */
  const column = async (type: string, values: string[]) => {
    await source.run(
      `
      SET sql_mode = 'ALLOW_INVALID_DATES'; SET time_zone = '+02:00';
      CREATE OR REPLACE TABLE one (n INT PRIMARY KEY, v ${type}) CHARACTER SET utf8mb4;
      ${values.map((value, i) => `INSERT INTO one VALUES (${i}, ${value});`).join("\n")}`,
      "shop",
    );
    const opened = await read("shop.one");
    const { type: irType, note } = opened.columns[1] ?? { type: { name: "" } };
    const rows = await copied(opened);
    return { type: irType.name, note, values: rows.map((row) => row[1]) };
  };

  it.each<[type: string, irType: string, values: string[], expected: (string | null)[]]>([
    ["TINYINT", "smallint", ["-128", "127", "NULL"], ["-128", "127", null]],
    ["TINYINT UNSIGNED", "smallint", ["255"], ["255"]],
    ["BOOL", "smallint", ["TRUE", "FALSE", "7"], ["1", "0", "7"]],
    ["SMALLINT UNSIGNED", "integer", ["65535"], ["65535"]],
    ["MEDIUMINT", "integer", ["-8388608"], ["-8388608"]],
    ["INT UNSIGNED", "bigint", ["4294967295"], ["4294967295"]],
    ["INT(8) ZEROFILL", "bigint", ["42"], ["42"]],
    ["BIGINT", "bigint", ["-9223372036854775808", "NULL"], ["-9223372036854775808", null]],
    ["BIGINT UNSIGNED", "decimal", ["18446744073709551615"], ["18446744073709551615"]],
    ["BIGINT UNSIGNED NOT NULL", "decimal", ["0"], ["0"]],
    [
      "DECIMAL(38,10)",
      "decimal",
      ["-1234567890123456789012345678.0123456789"],
      ["-1234567890123456789012345678.0123456789"],
    ],
    [
      "DECIMAL(65,30)",
      "string",
      ["12345678901234567890123456789012345.000000000000000000000000000001"],
      ["12345678901234567890123456789012345.000000000000000000000000000001"],
    ],
    ["DECIMAL(5,2) ZEROFILL", "decimal", ["1.5"], ["1.50"]],
    ["BIT(1)", "boolean", ["b'1'", "b'0'", "NULL"], ["true", "false", null]],
    ["BIT(10)", "string", ["b'11'", "NULL"], ["0000000011", null]],
    ["BIT(64)", "string", ["~0"], ["1".repeat(64)]],
    ["YEAR", "smallint", ["2155", "0"], ["2155", "0"]],
    [
      "DATE",
      "date",
      [
        "'9999-12-31'",
        "'0000-00-00'",
        "'2024-00-10'",
        "'2024-05-00'",
        "'2024-02-31'",
        "'2024-02-29'",
        "'0000-05-05'",
        "NULL",
      ],
      ["9999-12-31", null, null, null, null, "2024-02-29", null, null],
    ],
    [
      "DATETIME(6)",
      "timestamp",
      ["'1000-01-01 00:00:00.000001'", "'0000-00-00'", "'2023-02-29 10:00:00'"],
      ["1000-01-01 00:00:00.000001", null, null],
    ],
    [
      "TIMESTAMP(3) NULL",
      "timestamptz",
      ["'2024-06-01 12:00:00.125'", "'0000-00-00'", "NULL"],
      ["2024-06-01 10:00:00.125+00", null, null],
    ],
    ["TIME(3)", "string", ["'-838:59:59.001'", "'01:02:03'"], ["-838:59:59.001", "01:02:03.000"]],
    ["CHAR(5)", "string", ["'ab'", "''", "NULL"], ["ab", "", null]],
    [
      "VARCHAR(50)",
      "string",
      ["'a,\"b\"'", "'\\\\N'", "'\\\\.'", "'NULL'", "'\n\\\\.\n'", "'\r\n\t'", "'😀'"],
      ['a,"b"', "\\N", "\\.", "NULL", "\n\\.\n", "\r\n\t", "😀"],
    ],
    ["TEXT CHARACTER SET latin1", "string", ["'ñ€\"'"], ['ñ€"']],
    ["VARCHAR(9) CHARACTER SET ucs2", "string", ["'é'"], ["é"]],
    ["VARCHAR(9) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin", "string", ["'Ж'"], ["Ж"]],
    ["ENUM('a','\"b\",')", "string", ["'\"b\",'", "NULL"], ['"b",', null]],
    ["SET('x','y')", "string", ["'x,y'", "''"], ["x,y", ""]],
    ["JSON", "json", ['\'{"a": [1, "\\\\n\\\\u00e9"]}\'', "NULL"], ['{"a": [1, "\\né"]}', null]],
    ["BLOB", "binary", ["x'00ff5c0a22'", "''", "NULL"], ["\\x00ff5c0a22", "\\x", null]],
    ["VARBINARY(4)", "binary", ["x'00000001'"], ["\\x00000001"]],
    ["BINARY(3)", "binary", ["x'01'"], ["\\x010000"]],
    ["UUID", "uuid", ["'123e4567-e89b-12d3-a456-426655440000'"], ["123e4567-e89b-12d3-a456-426655440000"]],
    ["INET6", "string", ["'::1'"], ["::1"]],
    [
      "POINT",
      "string",
      ["ST_GeomFromText('POINT(1 2)')", "NULL"],
      ["0101000000000000000000F03F0000000000000040", null],
    ],
  ])("%s becomes %s without loss, or says what changes", async (type, irType, values, expected) => {
    const found = await column(type, values);
    expect(found).toMatchObject({ type: irType, values: expected });
    const changes = /DATE|TIMESTAMP|TIME\(|POINT|INET6|BIT\(.\d|DECIMAL\(65|BOOL/.test(type);
    expect(found.note !== undefined).toBe(changes);
  });

  it("keeps every bit of a FLOAT and a DOUBLE", async () => {
    const doubles = [0.1, -0, 5e-324, 1.7976931348623157e308, 1 / 3, 2 ** 53 + 2, 123456789012345680000];
    for (let i = 0; i < 500; i++) {
      const bits = createHash("sha256").update(`double ${i}`).digest();
      if (Number.isFinite(bits.readDoubleLE())) doubles.push(bits.readDoubleLE());
    }
    const floats = doubles.map((_, i) => {
      const bits = createHash("sha256").update(`float ${i}`).digest();
      return Number.isFinite(bits.readFloatLE()) ? bits.readFloatLE() : Math.fround(0.1);
    });
    const rows = doubles.map(
      (double, i) => `(${i}, ${double.toExponential(17)}, ${floats[i]?.toExponential(17)})`,
    );
    await source.run(
      `CREATE OR REPLACE TABLE reals (n INT PRIMARY KEY, d DOUBLE, f FLOAT);
      INSERT INTO reals VALUES ${rows.join(",")}`,
      "shop",
    );
    const landed = await copied(await read("shop.reals"));
    expect(landed.map((row) => Number(row[1]))).toEqual(
      doubles.map((each) => (Object.is(each, -0) ? 0 : each)),
    );
    expect(landed.map((row) => Number(row[2]))).toEqual(floats);
  });

  it("keeps thousands of nasty texts and bytes, told by their checksums at both ends", async () => {
    const pieces = [
      '"',
      ",",
      "\n",
      "\r",
      "\\",
      "\\N",
      "\\.",
      "'",
      "é",
      "😀",
      "\t",
      "\u2028",
      "x".repeat(300),
      " ",
    ];
    const rows = Array.from({ length: 3_000 }, (_, n) => {
      const seed = createHash("sha512").update(String(n)).digest();
      const words = [...seed.subarray(0, seed.readUInt8(9) % 20)].map((byte) => pieces[byte % pieces.length]);
      return [n, n % 17 === 0 ? null : words.join(""), n % 13 === 0 ? null : seed.subarray(0, n % 60)];
    });
    const writer = await mysql.createConnection({
      host: source.host,
      port: source.port,
      user: source.user,
      password: source.password,
      database: "shop",
    });
    await writer.query("SET sql_mode = ''");
    await writer.query(
      'CREATE OR REPLACE TABLE nasty (n INT PRIMARY KEY, `t"e`` x,t` TEXT, b BLOB) CHARACTER SET utf8mb4',
    );
    await writer.query("INSERT INTO nasty VALUES ?", [rows]);
    await writer.end();
    await copied(await read("shop.nasty"));
    const there = await source.run('SELECT n, MD5(`t"e`` x,t`), MD5(b) FROM nasty ORDER BY n', "shop");
    const here = await client.query({
      text: 'select n::text, md5("t""e` x,t"), md5(b) from landed order by landed.n',
      rowMode: "array",
    });
    expect(here.rows).toEqual(there);
  });

  it("reads a value of many packets, and refuses what the server cannot put together", async () => {
    await source.run(`SET GLOBAL max_allowed_packet = 67108864`);
    await source.run(
      `CREATE OR REPLACE TABLE large (n INT PRIMARY KEY, t LONGTEXT);
      INSERT INTO large VALUES (1, REPEAT('é', 10000000)), (2, 'after')`,
      "shop",
    );
    const landed = await copied(await read("shop.large"));
    expect(landed.map((row) => row[1]?.length)).toEqual([10_000_000, 5]);
    await source.run(
      `CREATE OR REPLACE TABLE large (n INT PRIMARY KEY, b LONGBLOB);
      INSERT INTO large VALUES (1, 'a'), (2, REPEAT('x', 40000000))`,
      "shop",
    );
    const { stream, done } = await (await read("shop.large")).csv();
    await expect(textOf(stream)).rejects.toMatchObject({ code: "row_too_long", place: { row: 2 } });
    await expect(done).rejects.toMatchObject({ code: "row_too_long" });
  });

  it("refuses a NUL in a text instead of changing it", async () => {
    await source.run(
      "CREATE OR REPLACE TABLE nul (t TEXT); INSERT INTO nul VALUES (CONCAT('a', CHAR(0), 'b'))",
      "shop",
    );
    const { stream } = await (await read("shop.nul")).csv();
    await expect(textOf(stream)).rejects.toMatchObject({ code: "nul_character", retryable: false });
  });

  it("reads chosen columns and stretches of a cursor, at the bounds", async () => {
    await source.run(
      `CREATE OR REPLACE TABLE moved (id BIGINT UNSIGNED PRIMARY KEY, at TIMESTAMP(6) NULL, d DATE);
      SET time_zone = '+00:00'; SET sql_mode = '';
      INSERT INTO moved VALUES (9, '2024-01-01 00:00:00.000001', '2024-01-01'), (10, '2024-01-02 00:00:00', '2024-01-02'),
        (9007199254740993, '2024-01-03 00:00:00', '2024-01-03'), (9007199254740994, NULL, '0000-00-00')`,
      "shop",
    );
    const ids = async (range: object) => {
      const { stream } = await (await read("shop.moved", { columns: ["id"], range })).csv();
      return (await textOf(stream)).trim().split("\n").filter(Boolean);
    };
    expect(await ids({ field: "id", after: "9" })).toEqual(["10", "9007199254740993", "9007199254740994"]);
    expect(await ids({ field: "id", after: "9", inclusive: true, upTo: "10" })).toEqual(["9", "10"]);
    expect(await ids({ field: "id", after: "9007199254740993" })).toEqual(["9007199254740994"]);
    expect(await ids({ field: "at", after: "2024-01-01 02:00:00.000001+02" })).toEqual([
      "10",
      "9007199254740993",
    ]);
    expect(await ids({ field: "at", after: "2024-01-02 00:00:00+00", nulls: "too" })).toEqual([
      ...["9007199254740993", "9007199254740994"],
    ]);
    expect(await ids({ field: "d", nulls: "only" })).toEqual(["9007199254740994"]);
    expect(await ids({ field: "d", upTo: "2024-01-01" })).toEqual(["9"]);
    const highest = (field: string) => mysqlConnector.highest(given(), { table: "shop.moved", field });
    expect(await highest("id")).toBe("9007199254740994");
    expect(await highest("at")).toBe("2024-01-03 00:00:00.000000+00");
    await expect(ids({ field: "id", after: "1; DROP TABLE moved" })).rejects.toMatchObject({
      code: "invalid_cursor",
    });
    await expect(ids({ field: "nope" })).rejects.toMatchObject({ code: "unknown_column" });
    await expect(read("shop.nope")).rejects.toMatchObject({ code: "unknown_table" });
    const { stream } = await (await read("shop.moved", { limit: 2 })).csv();
    expect((await textOf(stream)).trim().split("\n")).toHaveLength(2);
  });

  it("gives nothing for an empty table, and no highest value", async () => {
    await source.run("CREATE OR REPLACE TABLE nothing (id INT PRIMARY KEY)", "shop");
    expect(await copied(await read("shop.nothing"))).toEqual([]);
    expect(await mysqlConnector.highest(given(), { table: "shop.nothing", field: "id" })).toBeUndefined();
  });

  it("reads a view that joins, whatever it says of NULLs", async () => {
    await source.run(
      `CREATE OR REPLACE TABLE base (id INT NOT NULL PRIMARY KEY, t TEXT NOT NULL);
      INSERT INTO base VALUES (1, 'a');
      CREATE OR REPLACE VIEW joined AS SELECT b.id, o.t FROM base b LEFT JOIN base o ON o.id = b.id + 1`,
      "shop",
    );
    expect(await copied(await read("shop.joined"))).toEqual([["1", null]]);
  });

  describe("a long statement", () => {
    const running = async () => {
      const rows = await source.run(
        "SELECT INFO FROM information_schema.PROCESSLIST WHERE INFO LIKE '%penstock %' AND INFO NOT LIKE '%PROCESSLIST%'",
      );
      return rows.length;
    };
    const long = async (signal?: AbortSignal) => {
      await source.run(
        "CREATE OR REPLACE VIEW endless AS SELECT a.seq AS n, SHA2(b.seq, 512) AS t FROM seq_1_to_10000000 a, seq_1_to_10000000 b",
        "shop",
      );
      return (await read("shop.endless", { signal })).csv();
    };

    it("waits for a slow reader", async () => {
      const { stream } = await long();
      await expect.poll(() => stream.readableLength >= stream.readableHighWaterMark).toBe(true);
      // A server that is not made to wait sends some megabytes in this time.
      for (let i = 0; i < 40; i++) expect(await running()).toBe(1);
      expect(stream.readableLength).toBeLessThan(2 * stream.readableHighWaterMark);
      stream.destroy();
      await expect.poll(running, { timeout: 10_000 }).toBe(0);
    });

    it("is stopped at the server when it is aborted, also where it writes nothing for long", async () => {
      await source.run(
        "CREATE OR REPLACE VIEW silent AS SELECT COUNT(*) AS n FROM seq_1_to_10000000 a, seq_1_to_10000000 b",
        "shop",
      );
      const stop = new AbortController();
      const { done } = await (await read("shop.silent", { signal: stop.signal })).csv();
      await expect.poll(running).toBe(1);
      stop.abort(new Error("stopped by a test"));
      await expect(done).rejects.toThrow("stopped by a test");
      await expect.poll(running, { timeout: 10_000 }).toBe(0);
    });

    it("is retryable when the connection is lost on the way", async () => {
      const { stream, done } = await long();
      await new Promise((resolve) => stream.once("readable", resolve));
      const [[id] = []] = await source.run(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%penstock %' AND INFO NOT LIKE '%PROCESSLIST%'",
      );
      await source.run(`KILL CONNECTION ${id}`);
      await expect(textOf(stream)).rejects.toMatchObject({ code: "connection_closed", retryable: true });
      await expect(done).rejects.toMatchObject({ retryable: true });
    });
  });
});
