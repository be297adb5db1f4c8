import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { startPostgres } from "#tests/services.ts";
import { MirroringChild } from "./cdc/mirroring-child.ts";
import { figuresOf, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";
import { onServer } from "./table-to-table/yardsticks.ts";

const flag = (name: string) =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
const CHANGES = Number(flag("changes") ?? 1_000_000);
const RUNS = Number(flag("runs") ?? 3);
/** Rows of the table before the first change. */
const ROWS = CHANGES;
/** Changes of one transaction at the source: 40 inserts, 40 updates, 20 deletes. */
const AT_ONCE = 100;

const TABLE =
  "create table orders (id bigint primary key, customer_id integer, amount numeric(12,2), status text, created_at timestamptz, note text)";
const VALUES = `(i * 7919) % 100000, ((i * 31) % 100000) / 100.0, (array['new', 'paid', 'shipped', 'returned'])[i % 4 + 1],
  '2024-01-01T00:00:00Z'::timestamptz + i * interval '1 second',
  case when i % 7 = 0 then 'said "é' || i || '", twice' when i % 5 = 0 then null else 'plain note number ' || i end`;
const SUM = `select count(*) || ' ' || sum(amount) || ' ' || sum(id) || ' ' || sum(length(note)) as sum from orders`;
/** The last row of a round: whoever has it has everything. */
const last = (round: number) => -1 - round;

/** Small transactions, so that updates and deletes meet rows that an earlier one made. */
const workload = (round: number) => `do $$
  declare
    next bigint := (select max(id) from orders);
    ids bigint[];
  begin
    for n in 1..${Math.ceil(CHANGES / AT_ONCE)} loop
      insert into orders select i, ${VALUES} from generate_series(next + 1, next + 40) i;
      next := next + 40;
      ids := array(select (next * random())::bigint from generate_series(1, 120));
      update orders set amount = amount + 1, status = 'changed' where id in (select id from orders where id = any(ids[1:60]) limit 40);
      delete from orders where id in (select id from orders where id = any(ids[61:120]) limit 20);
      commit;
    end loop;
    insert into orders (id, amount) values (${last(round)}, ${round});
  end $$`;

/** A workload at a PostgreSQL, applied to a copy of its table by our mirror and by PostgreSQL's own subscription. */
export default async function cdc(): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const [from, to] = [await startPostgres({ durable: true }), await startPostgres({ durable: true })];
  const children: MirroringChild[] = [];
  try {
    for (const name of ["ours", "theirs"]) await to.createDatabase(name);
    const { host, port, user: username, password } = from;
    const config = { host, port, username, password, database: "postgres", sslmode: "disable" };
    await onServer(from.url, async (client) => {
      await client.query(
        `${TABLE}; insert into orders select i, ${VALUES} from generate_series(1::bigint, ${ROWS}) i`,
      );
      await client.query("vacuum analyze orders");
      await client.query("create publication theirs for table orders");
    });
    const [ours, theirs] = [to.databaseUrl("ours"), to.databaseUrl("theirs")];
    await onServer(theirs, (client) =>
      client
        .query(TABLE)
        .then(() => client.query(`create subscription theirs connection '${from.url}' publication theirs`)),
    );
    const subscription = new Subscription(theirs);
    await subscription.copied();
    const postgres = new MirroringChild({
      kind: "postgres",
      url: ours,
      config,
      scratch: path.join(folder, "p"),
    });
    const duckdb = new MirroringChild({ kind: "duckdb", config, scratch: path.join(folder, "d") });
    children.push(postgres, duckdb);
    await postgres.run();
    await duckdb.run();
    await onServer(ours, (client) => client.query("vacuum analyze orders"));
    await onServer(theirs, (client) => client.query("vacuum analyze orders"));

    const times = { theirs: [] as number[], postgres: [] as number[], duckdb: [] as number[] };
    const above = { postgres: 0, duckdb: 0 };
    const sums = new Set<string>();
    for (let round = 0; round <= RUNS; round++) {
      await onServer(from.url, (client) => client.query(workload(round)));
      await onServer(from.url, (client) => client.query("checkpoint"));
      await onServer(to.url, (client) => client.query("checkpoint"));
      const took = {
        theirs: await subscription.catchUp(last(round)),
        postgres: 0,
        duckdb: 0,
      };
      const answer = await postgres.run();
      const inWarehouse = await duckdb.run(SUM);
      Object.assign(took, { postgres: answer.ms, duckdb: inWarehouse.ms });
      Object.assign(above, { postgres: answer.above, duckdb: inWarehouse.above });
      for (const url of [from.url, ours, theirs])
        sums.add(String(await onServer(url, async (client) => (await client.query(SUM)).rows[0]?.sum)));
      sums.add(String(inWarehouse.sum));
      if (sums.size !== 1) throw new Error(`They differ: ${[...sums].join(" | ")}`);
      sums.clear();
      // The first is to warm up.
      if (round > 0)
        for (const name of ["theirs", "postgres", "duckdb"] as const) times[name].push(took[name]);
    }
    const rate = (ms: number[]) => Math.round(CHANGES / (figuresOf(ms).median / 1000));
    const rows = (["postgres", "duckdb"] as const).map((name) => {
      const ratio = pairedRatio(times.theirs, times[name]);
      const spread = `${ratio.min.toPrecision(3)}–${ratio.max.toPrecision(3)}`;
      return [name, rate(times[name]), ratio.median, spread, above[name]];
    });
    return {
      about: `${CHANGES.toLocaleString("en")} changes (inserts, updates and deletes as 2 : 2 : 1, a hundred in a transaction) of a table of ${ROWS.toLocaleString("en")} rows and six columns in a PostgreSQL, applied to a copy by \`cdc_mirror\` and, of the same log, by PostgreSQL's own subscription. The ratio is changes a second against the subscription's, in turn; 1 is as fast.`,
      columns: ["into", "changes/s", "of the subscription", "spread", "peak MB above idle"],
      rows: [...rows, ["PostgreSQL's subscription", rate(times.theirs), 1, "", ""]],
      notes: [
        `After every round, source, mirrors and subscription had one and the same count and sums.`,
        `Both servers with fsync on; median of ${RUNS} rounds, each of ours in a process of its own that lives through all of them.`,
      ],
    };
  } finally {
    for (const child of children) child.stop();
    await to.stop();
    await from.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** PostgreSQL's own logical replication, switched on only while it is measured. */
class Subscription {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Waits for its first copy, then switches it off. */
  async copied(): Promise<void> {
    await onServer(this.url, async (client) => {
      const ready = "select count(*)::int as n from pg_subscription_rel where srsubstate <> 'r'";
      while ((await client.query(ready)).rows[0]?.n !== 0) await delay(50);
      await this.off(client);
    });
  }

  /** Switches it on until a row is there. @returns milliseconds */
  catchUp(id: number): Promise<number> {
    return onServer(this.url, async (client) => {
      const since = performance.now();
      await client.query("alter subscription theirs enable");
      while ((await client.query("select 1 from orders where id = $1", [id])).rows.length === 0)
        await delay(10);
      const ms = performance.now() - since;
      await this.off(client);
      return ms;
    });
  }

  private async off(client: pg.Client): Promise<void> {
    await client.query("alter subscription theirs disable");
    const busy = "select 1 from pg_stat_subscription where pid is not null";
    while ((await client.query(busy)).rows.length > 0) await delay(20);
  }
}
