-- The audit log only grows. Erasure deletes a row of "AuditContent"; nothing ever changes one.
create function "refuse_audit_change"() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log cannot be changed' using errcode = 'restrict_violation';
end
$$;

create trigger "AuditLog_append_only" before update or delete on "AuditLog"
  for each row execute function "refuse_audit_change"();
create trigger "AuditLog_no_truncate" before truncate on "AuditLog"
  for each statement execute function "refuse_audit_change"();
create trigger "AuditContent_no_update" before update on "AuditContent"
  for each row execute function "refuse_audit_change"();

create function "guard_audit_head"() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new."seq" <> old."seq" + 1 or new."tenantId" <> old."tenantId" then
    raise exception 'The head of the audit log only moves on by one' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

create trigger "AuditHead_moves_on" before update or delete on "AuditHead"
  for each row execute function "guard_audit_head"();
