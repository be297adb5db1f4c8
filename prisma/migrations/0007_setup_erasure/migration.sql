-- What is erased from the log is erased from its conversation in the same transaction: the state and the place stay.
create function "erase_setup_message"() returns trigger language plpgsql as $$
declare
  place text[] := regexp_match(new."eventId", '^setup_([^_]+)_(\d{1,9})(?:_\d+)?$');
begin
  update "SetupMessage" set
    "said" = case when "said" is null then null else '' end,
    "reply" = jsonb_build_object(
      'answer', json_build_object('state', "reply"->>'state', 'message', '', 'options', '[]'::json, 'data', '{}'::json)::text,
      'state', "reply"->>'state', 'tools', '[]'::jsonb, 'stages', '[]'::jsonb)
  where "tenantId" = new."tenantId" and "sessionId" = place[1] and "seq" = place[2]::int and "reply" is not null;
  return null;
end
$$;

create trigger "Event_erases_setup_message" after update of "erasedAt" on "Event" for each row
  when (new."agentId" = 'setup-agent' and new."erasedAt" is not null)
  execute function "erase_setup_message"();
