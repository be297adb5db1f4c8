import { MAY_READ, READABLE_KINDS } from "./reading-rights.ts";

/** One column as the catalogue query tells it. */
export type CatalogueColumn = {
  name: string;
  written: string;
  plain: string;
  nullable: boolean;
  readable: boolean;
  counts: boolean;
  type: string;
  system: boolean;
  kind: string;
  array: boolean;
  modifier: number;
};

/** One table as the catalogue query tells it. */
export type CatalogueTable = {
  stream: string;
  schema: string;
  name: string;
  relkind: string;
  readable: boolean;
  limited: boolean;
  rows: number | null;
  pages: number;
  columns: CatalogueColumn[];
  primaryKey: string[];
};

/** The one row that the catalogue query answers. */
export type CataloguePage = {
  total: number;
  moneyScale: number;
  blockSize: number;
  tables: CatalogueTable[];
};

/** What the catalogue query is asked with: a schema, a pattern, exact names, the last name seen, and how many. */
export type CatalogueQuestion = [
  schema: string | null,
  pattern: string | null,
  names: readonly string[] | null,
  after: string | null,
  limit: number,
];

const STREAM = `(n.nspname || '.' || c.relname)::text collate "C"`;

/** Names that may be read, with what the conditions of {@link CatalogueQuestion} say about them. */
const SEEN = `seen as materialized (
  select c.oid, c.relkind, c.reltuples, c.relpages, c.relrowsecurity, n.nspname, c.relname, ${STREAM} as stream,
    ${MAY_READ} as readable
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${READABLE_KINDS} and ($1::text is null or n.nspname = $1)
    and ($2::text is null or ${STREAM} ilike $2) and ($3::text[] is null or ${STREAM} = any($3))),
listed as (select * from seen where readable or $3 is not null)`;

/** Leaves below a partitioned table, by the catalogue alone: functions that walk them would wait for locks. */
const PARTS = `(with recursive part as (
    select inhrelid from pg_inherits where inhparent = p.oid
    union all select i.inhrelid from pg_inherits i join part on i.inhparent = part.inhrelid)
  select case when min(leaf.reltuples) < 0 then null else sum(leaf.reltuples) end as rows, sum(leaf.relpages) as pages
  from part join pg_class leaf on leaf.oid = part.inhrelid and leaf.relkind in ('r', 'f'))`;

const COLUMNS = `(select coalesce(json_agg(json_build_object('name', a.attname,
    'written', format_type(a.atttypid, a.atttypmod), 'plain', format_type(a.atttypid, -1), 'nullable', not a.attnotnull,
    'readable', has_column_privilege(p.oid, a.attnum, 'SELECT'),
    'counts', exists (select from pg_depend d join pg_class q on q.oid = d.objid and q.relkind = 'S'
      where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
        and d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.deptype in ('a', 'i')),
    'type', b.typname, 'system', b.typnamespace = 'pg_catalog'::regnamespace, 'kind', b.typtype,
    'array', b.typcategory = 'A', 'modifier', b.modifier) order by a.attnum), '[]')
  from pg_attribute a
  cross join lateral (
    with recursive down as (
      select t.*, a.atttypmod as modifier, 0 as depth from pg_type t where t.oid = a.atttypid
      union all
      select t.*, case when down.modifier >= 0 then down.modifier else down.typtypmod end, down.depth + 1
      from down join pg_type t on t.oid = down.typbasetype where down.typtype = 'd')
    select * from down order by depth desc limit 1) b
  where a.attrelid = p.oid and a.attnum > 0 and not a.attisdropped)`;

const PRIMARY_KEY = `(select coalesce(json_agg(a.attname order by k.at), '[]')
  from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k(number, at)
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
  where i.indrelid = p.oid and i.indisprimary and k.at <= i.indnkeyatts)`;

/** One page of the catalogue, everything about its tables included, in one answer. Takes no lock on any table. */
export const CATALOGUE_QUERY = `with ${SEEN},
page as (select * from listed where $4::text is null or stream > $4 order by stream limit $5)
select (select count(*)::int from listed) as total, scale(0::money::numeric) as "moneyScale",
  current_setting('block_size')::int as "blockSize",
  (select coalesce(json_agg(json_build_object('stream', p.stream, 'schema', p.nspname, 'name', p.relname,
      'relkind', p.relkind, 'readable', p.readable,
      'limited', p.relrowsecurity and row_security_active(p.oid),
      'rows', case when p.relkind = 'p' then parts.rows when p.reltuples < 0 then null else p.reltuples end,
      'pages', case when p.relkind = 'p' then parts.pages else p.relpages end,
      'columns', ${COLUMNS}, 'primaryKey', ${PRIMARY_KEY}) order by p.stream), '[]')
    from page p left join lateral ${PARTS} parts on p.relkind = 'p') as tables`;

/** Names alone: as the page, without what a table holds. */
export const NAMES_QUERY = `with ${SEEN} select stream from listed where $4::text is null or stream > $4 order by stream limit $5`;
