import { Prisma } from "#lib/db.ts";

/** A time column as RFC 3339 in UTC, with the six digits that are stored and no more than are needed. */
const time = (column: string) =>
  `regexp_replace(to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '\\.?0+$', '') || 'Z'`;

function objectOf(fields: string): Prisma.Sql {
  const pairs = fields
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [name = "", column = ""] = pair.split("=");
      return column.startsWith("time:")
        ? `'${name}', ${time(`x."${column.slice(5)}"`)}`
        : `'${name}', x."${column}"`;
    });
  return Prisma.raw(`jsonb_build_object(${pairs.join(", ")})`);
}

/** Rows aliased `x` as callers see them, one json object each. */
export const WIRE = {
  Memory: objectOf(`memory_id=memoryId memory_type=memoryType agent_id=agentId session_id=sessionId
    workspace_id=workspaceId scope=scope level=level content=content summary=summary
    source_event_ids=sourceEventIds provenance_ref=provenanceRef confidence=confidence importance=importance
    freshness_score=freshness visibility=visibility visible_time=time:visibleTime valid_from=time:validFrom
    valid_to=time:validTo version=version is_active=isActive lsn=lsn`),
  Edge: objectOf(`edge_id=edgeId edge_type=edgeType src_object_id=srcObjectId src_type=srcType
    dst_object_id=dstObjectId dst_type=dstType weight=weight provenance_ref=provenanceRef
    created_ts=time:createdTime lsn=lsn`),
  State:
    objectOf(`state_id=stateId state_type=stateType state_key=stateKey state_value=stateValue agent_id=agentId
    session_id=sessionId derived_from_event_id=derivedFromEventId checkpoint_ts=time:checkpointTime version=version
    lsn=lsn`),
  Artifact: objectOf(`artifact_id=artifactId artifact_type=artifactType uri=uri mime_type=mimeType name=name
    session_id=sessionId owner_agent_id=ownerAgentId produced_by_event_id=producedByEventId metadata=metadata
    version=version lsn=lsn`),
  /** What was written, then the names that the product knows it by. */
  NamedObject: Prisma.raw(`x."body" || jsonb_build_object(
    case x."objectType" when 'share_contract' then 'contract_id' else x."objectType" || '_id' end, x."objectId")
    || case when x."objectType" = 'agent' then '{}' else jsonb_build_object('agent_id', x."agentId") end
    || jsonb_build_object('workspace_id', x."workspaceId", 'mentioned', x."mentioned", 'lsn', x."lsn")`),
  /** Needs a column \`validTo\`: when the next version began. */
  ObjectVersion: objectOf(`object_id=objectId object_type=objectType version=version
    mutation_event_id=mutationEventId valid_from=time:validFrom valid_to=time:validTo snapshot_tag=snapshotTag
    lsn=lsn`),
} as const;

/** Versions of some objects, each with the time at which the next one began. */
export function versionsSql(tenant: string, objectIds: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(select v.*, lead(v."validFrom") over (
      partition by v."objectType", v."objectId" order by v."lsn") as "validTo"
    from "ObjectVersion" v where v."tenantId" = ${tenant} and v."objectId" = any(${objectIds}))`;
}

/** When a row with `validFrom` began, as text. */
export const BEGAN = (alias: string): Prisma.Sql => Prisma.raw(time(`${alias}."validFrom"`));
