-- DropIndex
DROP INDEX "Run_status_idx";

-- AlterTable
ALTER TABLE "Proposal" ADD COLUMN     "decidedBy" TEXT,
ADD COLUMN     "decidedByName" TEXT,
ADD COLUMN     "decisions" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "loggedAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "Run_status_loggedAt_idx" ON "Run"("status", "loggedAt");

update "Proposal" set "decisions" = 1 where "outcome" in ('rejected', 'applied');

-- What is erased from the log is erased from its proposal, and from what the audit log tells of it, in the same
-- transaction: that there was a proposal, its figures and its patch stay.
create function "erase_proposal_words"() returns trigger language plpgsql as $$
declare
  proposal text := substring(new."eventId" from '^proposal_([0-9a-f-]{36})_');
begin
  update "Proposal" set "message" = '', "rationale" = '', "errors" = '[]',
    "reason" = case when "reason" is null then null else '' end
  where "tenantId" = new."tenantId" and "id" = proposal;
  delete from "AuditContent" c using "AuditLog" l
  where l."tenantId" = new."tenantId" and l."entityType" = 'pipeline_ai_proposal' and l."entityId" = proposal
    and c."auditLogId" = l."id" and c."tenantId" = new."tenantId";
  return null;
end
$$;

create trigger "Event_erases_proposal" after update of "erasedAt" on "Event" for each row
  when (new."agentId" = 'pipeline-assistant' and new."erasedAt" is not null and new."eventId" like 'proposal\_%')
  execute function "erase_proposal_words"();

-- The same for a failed run: that it failed, where, and its counts stay.
create function "erase_run_failure"() returns trigger language plpgsql as $$
declare
  failed text := substring(new."eventId" from '^run_([0-9a-f-]{36})_failed');
begin
  update "Run" set "error" = ("error" - 'hint') || '{"message": ""}'
  where "tenantId" = new."tenantId" and "id" = failed and jsonb_typeof("error") = 'object';
  update "RunStep" set "error" = ("error" - 'hint') || '{"message": ""}'
  where "tenantId" = new."tenantId" and "runId" = failed and jsonb_typeof("error") = 'object';
  update "RunLog" set "message" = '', "data" = null
  where "tenantId" = new."tenantId" and "runId" = failed and "level" = 'error';
  return null;
end
$$;

create trigger "Event_erases_run_failure" after update of "erasedAt" on "Event" for each row
  when (new."agentId" = 'pipeline-assistant' and new."erasedAt" is not null and new."eventId" like 'run\_%')
  execute function "erase_run_failure"();
