import type pg from "pg";

/** Statements that make one table as another is, by when they can be run: at once, when it is filled, in its place. */
export type Likeness = Record<"made" | "loaded" | "swapped", string[]>;

/**
 * What `like … including all` does not take over from a table: its owner, grants, comment and settings, its foreign
 * keys, whose its sequences are and how far they got, and the names of its indexes, which stay taken until it is gone.
 * @param next the table that was made like it, still empty.
 */
export async function likenessOf(client: pg.Client, old: string, next: string): Promise<Likeness> {
  const { rows } = await client.query<{ moment: keyof Likeness; statement: string }>(LIKENESS, [old, next]);
  const at = (moment: keyof Likeness) =>
    rows.filter((row) => row.moment === moment).map(({ statement }) => statement);
  return { made: at("made"), loaded: at("loaded"), swapped: at("swapped") };
}

/** `x` is the old table, `y` the new one; `named` is what the new one is called while it is filled. */
const LIKENESS = `
  with x as (select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as named
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::oid),
  y as (select c.*, format('%I.%I', n.nspname, c.relname) as named
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $2::oid),
  columns as (select a.* from x join pg_attribute a on a.attrelid = x.oid where a.attnum > 0 and not a.attisdropped),
  indexes as (select i.indrelid, i.indexrelid, i.indisclustered, i.indisreplident, c.relname,
      row_number() over (partition by i.indrelid, i.indisprimary, i.indisunique, substring(d from ' USING .*') order by i.indexrelid) as nth,
      (i.indisprimary, i.indisunique, substring(d from ' USING .*'))::text as sort
    from pg_index i join pg_class c on c.oid = i.indexrelid, pg_get_indexdef(i.indexrelid) d
    where i.indrelid in ($1::oid, $2::oid)),
  statistics as (select s.stxrelid, s.stxname, n.nspname, row_number() over (partition by s.stxrelid order by s.oid) as nth
    from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.stxrelid in ($1::oid, $2::oid)),
  sequences as (select s.oid, s.relname, d.deptype, format('%I.%I', n.nspname, s.relname) as named, d.refobjsubid, d.refobjid
    from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_namespace n on n.oid = s.relnamespace
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid in ($1::oid, $2::oid)
      and d.deptype in ('a', 'i')),
  all_statements (place, moment, statement) as (
    select 1, 'made', format('alter table %s owner to %I', y.named, pg_get_userbyid(x.relowner))
      from x, y where x.relowner <> y.relowner
    union all select 2, 'made', format('alter table %s set tablespace %I', y.named, s.spcname)
      from x, y, pg_tablespace s where s.oid = x.reltablespace
    union all select 3, 'made', format('alter table %s set (%s)', y.named, o)
      from x, y, unnest(x.reloptions || (select array_agg('toast.' || t) from pg_class c, unnest(c.reloptions) t where c.oid = x.reltoastrelid)) o
    union all select 4, 'made', format('comment on table %s is %L', y.named, obj_description(x.oid, 'pg_class'))
      from x, y where obj_description(x.oid, 'pg_class') is not null
    union all select 5, 'made', format('revoke all on table %s from %s', y.named, who)
      from y, lateral (select distinct case grantee when 0 then 'public' else format('%I', pg_get_userbyid(grantee)) end as who
        from x, aclexplode(coalesce(y.relacl, acldefault('r', x.relowner))) where x.relacl is not null or grantee <> x.relowner) a
    union all select 6, 'made', format('grant %s on table %s to %s%s', p.privilege_type, y.named,
        case p.grantee when 0 then 'public' else format('%I', pg_get_userbyid(p.grantee)) end,
        case when p.is_grantable and p.grantee <> x.relowner then ' with grant option' else '' end)
      from x, y, aclexplode(x.relacl) p
    union all select 7, 'made', format('grant %s (%I) on table %s to %s%s', p.privilege_type, c.attname, y.named,
        case p.grantee when 0 then 'public' else format('%I', pg_get_userbyid(p.grantee)) end,
        case when p.is_grantable then ' with grant option' else '' end)
      from y, columns c, aclexplode(c.attacl) p
    union all select 8, 'made', format('alter table %s alter column %I set statistics %s', y.named, c.attname, c.attstattarget)
      from y, columns c where c.attstattarget >= 0
    union all select 9, 'made', format('alter table %s alter column %I set (%s)', y.named, c.attname, array_to_string(c.attoptions, ', '))
      from y, columns c where c.attoptions is not null
    union all select 10, 'made', format('alter table %s replica identity %s', y.named, case x.relreplident when 'f' then 'full' else 'nothing' end)
      from x, y where x.relreplident in ('f', 'n')
    union all select 11, 'made', format('select setval(%L, last_value, is_called) from %s', b.named, a.named)
      from sequences a join sequences b on a.refobjid = $1::oid and b.refobjid = $2::oid and a.deptype = 'i' and b.deptype = 'i'
      join columns c on c.attnum = a.refobjsubid join pg_attribute e on e.attrelid = $2::oid and e.attnum = b.refobjsubid and e.attname = c.attname
    union all select 20, 'loaded', format('alter table %s add constraint %I %s', y.named, k.conname, pg_get_constraintdef(k.oid))
      from y, pg_constraint k where k.conrelid = $1::oid and k.contype = 'f' and k.confrelid <> $1::oid
    union all select 21, 'loaded', format('alter sequence %s owned by %s.%I', s.named, y.named, c.attname)
      from y, sequences s join columns c on c.attnum = s.refobjsubid where s.refobjid = $1::oid and s.deptype = 'a'
    union all select 30, 'swapped', format('alter index %I.%I rename to %I', x.nspname, b.relname, a.relname)
      from x, indexes a join indexes b on a.indrelid = $1::oid and b.indrelid = $2::oid and a.nth = b.nth and a.sort = b.sort
    union all select 31, 'swapped', format('alter statistics %I.%I rename to %I', b.nspname, b.stxname, a.stxname)
      from statistics a join statistics b on a.stxrelid = $1::oid and b.stxrelid = $2::oid and a.nth = b.nth
    union all select 32, 'swapped', format('alter sequence %s rename to %I', b.named, a.relname)
      from sequences a join sequences b on a.refobjid = $1::oid and b.refobjid = $2::oid and a.deptype = 'i' and b.deptype = 'i'
      join columns c on c.attnum = a.refobjsubid join pg_attribute e on e.attrelid = $2::oid and e.attnum = b.refobjsubid and e.attname = c.attname
    union all select 33, 'swapped', format('alter table %s cluster on %I', x.named, i.relname)
      from x, indexes i where i.indrelid = x.oid and i.indisclustered
    union all select 34, 'swapped', format('alter table %s replica identity using index %I', x.named, i.relname)
      from x, indexes i where i.indrelid = x.oid and i.indisreplident
    union all select 35, 'swapped', format('alter table %s add constraint %I %s', x.named, k.conname, pg_get_constraintdef(k.oid))
      from x, pg_constraint k where k.conrelid = x.oid and k.contype = 'f' and k.confrelid = x.oid)
  select moment, statement from all_statements order by place, statement`;
