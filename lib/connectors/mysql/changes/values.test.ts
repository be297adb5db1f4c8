import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FollowedTable } from "#tests/followed-mysql.ts";
import { findMariadb, type MariadbServer, startMariadb } from "#tests/servers/mariadb.ts";

const bytes = (max: number) =>
  fc.uint8Array({ maxLength: max }).map((each) => `x'${Buffer.from(each).toString("hex")}'`);
const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
const letters = (unit: fc.Arbitrary<string>, max = 20) => fc.string({ unit, maxLength: max }).map(quoted);
const anyLetter = fc
  .oneof(
    fc.constantFrom('"', ",", "\n", "\r", "\\", "'", " ", "é", "😀", "\u2028", "\u{10ffff}"),
    fc.string(),
  )
  .map((text) => text.replaceAll("\0", ""));
const LATIN1 = [..."abc \"'\\,\n€‚ŸÿÀñ\u0081\u009d¡~"];
const whole = (from: bigint, to: bigint) =>
  fc.oneof(fc.bigInt(from, to), fc.constantFrom(from, to, 0n)).map(String);
const bits = (count: bigint) => whole(0n, 2n ** count - 1n);
const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
const numbers = (...ends: [from: number, to: number][]) =>
  fc.tuple(...ends.map(([min, max]) => fc.integer({ min, max })));
const day = numbers([0, 9999], [0, 12], [0, 31]).map(
  ([y = 0, m = 0, d = 0]) => `${pad(y, 4)}-${pad(m)}-${pad(d)}`,
);
const clock = (digits: number) =>
  numbers([0, 23], [0, 59], [0, 59], [0, 10 ** digits - 1]).map(
    ([h = 0, m = 0, s = 0, f = 0]) => `${pad(h)}:${pad(m)}:${pad(s)}${digits ? `.${pad(f, digits)}` : ""}`,
  );
const moment = (digits: number) => fc.tuple(day, clock(digits)).map(([d, t]) => `'${d} ${t}'`);
const instant = (digits: number) =>
  fc.oneof(
    numbers([1, 2147483646], [0, 10 ** digits - 1]).map(
      ([s = 0, f = 0]) => `FROM_UNIXTIME(${s}${digits ? `.${pad(f, digits)}` : ""})`,
    ),
    fc.constant("'0000-00-00 00:00:00'"),
  );
const span = (digits: number) =>
  fc
    .tuple(fc.boolean(), numbers([0, 838], [0, 59], [0, 59], [0, 10 ** digits - 1]))
    .map(
      ([negative, [h = 0, m = 0, s = 0, f = 0]]) =>
        `'${negative ? "-" : ""}${pad(h)}:${pad(m)}:${pad(s)}${digits ? `.${pad(f, digits)}` : ""}'`,
    );
const decimal = (whole: number, scale: number) =>
  fc
    .tuple(fc.boolean(), fc.bigInt(0n, 10n ** BigInt(whole) - 1n), fc.bigInt(0n, 10n ** BigInt(scale) - 1n))
    .map(
      ([negative, a, b]) => `${negative ? "-" : ""}${a}${scale ? `.${String(b).padStart(scale, "0")}` : ""}`,
    );
const real = (size: "f" | "d") =>
  fc
    .oneof(
      size === "d"
        ? fc.double({ noNaN: true, noDefaultInfinity: true })
        : fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc
        .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: -36, max: 36 }))
        .map(([a, e]) => a * 10 ** (e - 4)),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
    )
    .map((value) => (Object.is(value, -0) ? "-0e0" : value.toExponential()));
const from = (...values: string[]) => fc.constantFrom(...values);
const hexadecimal = (digits: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const inet6 = fc
  .array(
    fc.oneof(
      fc.constant("0"),
      fc.constant("ffff"),
      fc.integer({ max: 65_535, min: 0 }).map((n) => n.toString(16)),
    ),
    {
      minLength: 8,
      maxLength: 8,
    },
  )
  .map((groups) => `'${groups.join(":")}'`);

/** Every type of a column, with SQL for values of it. */
const TYPES: [type: string, value: fc.Arbitrary<string>][] = [
  ["TINYINT", whole(-128n, 127n)],
  ["TINYINT UNSIGNED", whole(0n, 255n)],
  ["SMALLINT", whole(-32768n, 32767n)],
  ["SMALLINT UNSIGNED", whole(0n, 65535n)],
  ["MEDIUMINT", whole(-8388608n, 8388607n)],
  ["MEDIUMINT UNSIGNED", whole(0n, 16777215n)],
  ["INT", whole(-2147483648n, 2147483647n)],
  ["INT UNSIGNED", whole(0n, 4294967295n)],
  ["INT(9) ZEROFILL", whole(0n, 4294967295n)],
  ["BIGINT", whole(-(2n ** 63n), 2n ** 63n - 1n)],
  ["BIGINT UNSIGNED", whole(0n, 2n ** 64n - 1n)],
  ["BIGINT", whole(-(2n ** 54n), 2n ** 54n)],
  ["BIGINT UNSIGNED", whole(0n, 2n ** 54n)],
  ["BOOL", from("TRUE", "FALSE", "7")],
  ["DECIMAL(5,2)", decimal(3, 2)],
  ["DECIMAL(9,0)", decimal(9, 0)],
  ["DECIMAL(38,10)", decimal(28, 10)],
  ["DECIMAL(10,10)", decimal(0, 10)],
  ["DECIMAL(18,9)", decimal(9, 9)],
  ["DECIMAL(65,30)", decimal(35, 30)],
  ["DECIMAL(7,2) ZEROFILL", decimal(5, 2).map((each) => each.replace("-", ""))],
  ["FLOAT", real("f")],
  ["FLOAT(10,3)", from("1.5", "-1234567.125", "0.001", "0")],
  ["DOUBLE", real("d")],
  ["DOUBLE(20,4)", from("1.5", "-1234567890.1234", "0.0001")],
  ["DOUBLE ZEROFILL", from("1.5", "0.25")],
  ["BIT(1)", bits(1n)],
  ["BIT(7)", bits(7n)],
  ["BIT(10)", bits(10n)],
  ["BIT(64)", bits(64n)],
  ["YEAR", from("0", "1901", "2155", "1999")],
  ["DATE", day.map((each) => `'${each}'`)],
  ...[0, 1, 2, 3, 4, 5, 6].flatMap((digits): [string, fc.Arbitrary<string>][] => [
    [`DATETIME(${digits})`, moment(digits)],
    [`TIMESTAMP(${digits}) NULL`, instant(digits)],
    [`TIME(${digits})`, span(digits)],
  ]),
  ["CHAR(20)", letters(anyLetter, 4)],
  ["CHAR(200) CHARACTER SET utf8mb4", letters(anyLetter)],
  ["VARCHAR(255)", letters(anyLetter)],
  ["VARCHAR(300) CHARACTER SET utf8mb3", letters(fc.constantFrom("a", "Ж", "\uffff"), 90)],
  ["VARCHAR(90) CHARACTER SET latin1", letters(fc.constantFrom(...LATIN1))],
  ["CHAR(30) CHARACTER SET latin1", letters(fc.constantFrom(...LATIN1))],
  ["TEXT CHARACTER SET latin1", letters(fc.constantFrom(...LATIN1))],
  ["TEXT CHARACTER SET koi8r", letters(fc.constantFrom("Ж", "a", '"', "ю"))],
  ["VARCHAR(20) CHARACTER SET ascii", letters(fc.constantFrom("~", "a", '"', " "))],
  ["VARCHAR(20) CHARACTER SET ucs2", letters(fc.constantFrom("Ж", "a", "\ufeff"))],
  ["CHAR(20) CHARACTER SET utf16", letters(fc.constantFrom("😀", "a", "\ufeff"))],
  ["TEXT CHARACTER SET utf16le", letters(fc.constantFrom("😀", "a", "\ufeff"))],
  ["TEXT CHARACTER SET utf32", letters(fc.constantFrom("😀", "a"))],
  ["TINYTEXT", letters(anyLetter, 9)],
  ["MEDIUMTEXT", letters(anyLetter)],
  ["LONGTEXT", letters(anyLetter)],
  ["VARCHAR(100) COMPRESSED", from("''", "'a'", `REPEAT('ab"',30)`, "'Ж'")],
  ["TEXT COMPRESSED", from("''", "'a'", "REPEAT('Ж',3000)", "REPEAT('a',101)")],
  ["BLOB COMPRESSED", from("''", "x'00'", "REPEAT(x'00ff',3000)")],
  ["ENUM('a','b,''\\\\\"\\nÄ','C')", from("'a'", "2", "'c'", "0")],
  ["SET('x','Y','z,''')".replace(",''", ""), from("''", "'x'", "'x,Y'", "'x,Y,z'")],
  [`SET(${Array.from({ length: 64 }, (_, i) => `'l${i}'`).join(",")})`, bits(64n)],
  [`ENUM(${Array.from({ length: 300 }, (_, i) => `'l${i}'`).join(",")})`, whole(1n, 300n)],
  ["JSON", from(`'{"a": [1, "\\\\n\\\\u00e9", "é"]}'`, "'[]'", "'null'", `'"x"'`)],
  ["BINARY(5)", bytes(5)],
  ["BINARY(255)", bytes(255)],
  ["VARBINARY(300)", bytes(300)],
  ["TINYBLOB", bytes(9)],
  ["LONGBLOB", bytes(90)],
  ["UUID", hexadecimal(32).map((each) => `'${each}'`)],
  ["UUID", from("'00000000-0000-0000-0000-000000000000'", "'123e4567-e89b-12d3-a456-426655440000'")],
  ["INET6", fc.oneof(inet6, from("'::'", "'::1'", "'::ffff:1.2.3.4'", "'::1.2.3.4'", "'1::'"))],
  ["INET4", from("'0.0.0.0'", "'10.0.0.1'", "'255.255.255.0'")],
  ["POINT", from("ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(-1.5 2e9)',4326)")],
  ["GEOMETRY", from("ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')", "ST_GeomFromText('POINT(1 2)')")],
];

describe.skipIf(!findMariadb())("values in MariaDB's log", { timeout: 60_000 }, () => {
  let server: MariadbServer;
  const config = () => ({
    ...{ host: server.host, port: server.port, database: "shop" },
    ...{ username: server.user, password: server.password, ssl: "prefer" as const },
  });

  beforeAll(async () => {
    server = await startMariadb();
    await server.run("CREATE DATABASE shop CHARACTER SET utf8mb4");
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
  });

  const MODES = "SET sql_mode='ALLOW_INVALID_DATES', time_zone='+05:30'";

  it.each([
    ["plain", "OFF"],
    ["compressed", "ON"],
  ])(
    "are the texts that a reading of the table gives, for random rows of every type (%s log)",
    async (_, compress) => {
      await server.run(`SET GLOBAL log_bin_compress=${compress}; SET GLOBAL log_bin_compress_min_len=10`);
      const columns = TYPES.map(([type], i) => `c${i} ${type}`);
      await server.run(
        `${MODES}; CREATE OR REPLACE TABLE every (id INT PRIMARY KEY, ${columns.join(", ")})`,
        "shop",
      );
      const row = fc.tuple(
        ...TYPES.map(([, value]) =>
          fc.oneof({ weight: 7, arbitrary: value }, { weight: 1, arbitrary: fc.constant("NULL") }),
        ),
      );
      const rows = fc.sample(row, { numRuns: 150, seed: 7 });
      const follower = await new FollowedTable(config(), "shop.every").begin();
      const inserted = rows.map(
        (values, i) => `INSERT IGNORE INTO every VALUES (${i}, ${values.join(", ")})`,
      );
      await server.run(`${MODES}; BEGIN; ${inserted.join(";")}; COMMIT`, "shop");
      await follower.catchUp();
      expect(follower.changes.length).toBe(rows.length);
      const expected = await follower.sourceRows();
      const found = follower.rows();
      for (const [i, [type]] of TYPES.entries()) {
        const of = (all: typeof expected) => all.map((cells) => cells[i + 1]);
        expect({ type, values: of(found) }).toEqual({ type, values: of(expected) });
      }
      // Every type has values, or nothing was compared.
      for (const [i, [type]] of TYPES.entries()) {
        expect({ type, any: expected.some((cells) => cells[i + 1] !== null) }).toEqual({ type, any: true });
      }
      await server.run(
        `${MODES}; UPDATE every AS a JOIN every AS b ON b.id = (a.id + 1) % ${rows.length} SET ${TYPES.map((_, i) => `a.c${i}=b.c${i}`).join(", ")}`,
        "shop",
      );
      await follower.catchUp();
      expect(follower.rows()).toEqual(await follower.sourceRows());
    },
  );
});
