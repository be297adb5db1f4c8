import type pg from "pg";

/**
 * What is bound to this very table and would be lost, or left behind, if another took its place: each as a phrase.
 * Views among them: PostgreSQL binds them to the table, not to its name.
 */
export async function tiesOf(client: pg.Client, oid: string): Promise<string[]> {
  const { rows } = await client.query<{ tie: string }>(TIES, [oid]);
  return rows.map(({ tie }) => tie);
}

/** Keys, defaults, indexes and sequences of the table's own depend on it, too: those come along. */
const TIES = `
  with t as (select c.oid, c.relkind, c.reltype, c.relispartition, c.relrowsecurity,
      (select y.typarray from pg_type y where y.oid = c.reltype) as rowarray
    from pg_class c where c.oid = $1::oid),
  bound as (
    select d.classid, d.objid, d.objsubid, d.deptype, w.ev_class as view
    from t join pg_depend d on (d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid)
      or (d.refclassid = 'pg_type'::regclass and d.refobjid in (t.reltype, t.rowarray))
    left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid and w.ev_class <> t.oid
    left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
    left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
    left join pg_trigger g on d.classid = 'pg_trigger'::regclass and g.oid = d.objid
    where k.conrelid is distinct from t.oid and f.adrelid is distinct from t.oid and g.tgisinternal is not true
      and (d.deptype = 'n' or d.classid in ('pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_rewrite'::regclass,
        to_regclass('pg_publication_rel'))))
  select distinct case when view is null then pg_describe_object(classid, objid, objsubid) || ' is bound to it'
    else pg_describe_object('pg_class'::regclass, view, 0) || ' reads it' end as tie from bound
  union select 'it is not an ordinary table' from t where relkind <> 'r' or relispartition
  union select 'it inherits from ' || inhparent::regclass from t join pg_inherits on inhrelid = t.oid
  union select 'row level security is on' from t where relrowsecurity
  order by 1`;
