-- Entries that belong together are written together: the head moves on to a row that stands at the end of an unbroken chain.
create or replace function "guard_audit_head"() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new."tenantId" <> old."tenantId" or new."seq" <= old."seq"
    or new."seq" - old."seq" <> (
      select count(*) from "AuditLog" a
      where a."tenantId" = new."tenantId" and a."seq" > old."seq" and a."seq" <= new."seq")
    or not exists (
      select 1 from "AuditLog" a
      where a."tenantId" = new."tenantId" and a."seq" = new."seq" and a."integrityHash" = new."hash")
  then
    raise exception 'The head of the audit log only moves on, row by row' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
