insert into "LogHead" ("id", "lsn") values (1, 0);

-- The log only grows. Erasure leaves a tombstone: everything a caller wrote goes, the LSN and the event's id stay.
create function "guard_event"() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old."erasedAt" is null and new."erasedAt" is not null
    and new."lsn" = old."lsn" and new."tenantId" = old."tenantId" and new."eventId" = old."eventId"
    and new."ingestTime" = old."ingestTime" and new."payload" = '{}'::jsonb and new."hash" = 'erased' then
    return new;
  end if;
  raise exception 'The event log cannot be changed' using errcode = 'restrict_violation';
end
$$;

create trigger "Event_append_only" before update or delete on "Event"
  for each row execute function "guard_event"();
create trigger "Event_no_truncate" before truncate on "Event"
  for each statement execute function "guard_event"();

create function "guard_log_head"() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new."id" = old."id" and new."lsn" >= old."lsn" then
    return new;
  end if;
  raise exception 'The head of the event log only moves on' using errcode = 'restrict_violation';
end
$$;

create trigger "LogHead_moves_on" before update or delete on "LogHead"
  for each row execute function "guard_log_head"();
