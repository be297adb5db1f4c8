-- A trusted extension: whoever owns the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateTable
CREATE TABLE "Event" (
    "lsn" BIGINT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "agentId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "eventType" TEXT NOT NULL,
    "eventTime" TIMESTAMPTZ(6),
    "ingestTime" TIMESTAMPTZ(6) NOT NULL,
    "visibleTime" TIMESTAMPTZ(6),
    "logicalTs" BIGINT NOT NULL,
    "parentEventId" TEXT NOT NULL,
    "causalRefs" TEXT[],
    "payload" JSONB NOT NULL,
    "source" TEXT NOT NULL,
    "importance" DOUBLE PRECISION NOT NULL,
    "visibility" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "erasedAt" TIMESTAMPTZ(6),
    "erasedReason" TEXT,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("lsn")
);

-- CreateTable
CREATE TABLE "LogHead" (
    "id" INTEGER NOT NULL,
    "lsn" BIGINT NOT NULL,

    CONSTRAINT "LogHead_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EventVolume" (
    "tenantId" TEXT NOT NULL,
    "minute" TIMESTAMPTZ(0) NOT NULL,
    "events" BIGINT NOT NULL,

    CONSTRAINT "EventVolume_pkey" PRIMARY KEY ("tenantId","minute")
);

-- CreateTable
CREATE TABLE "Memory" (
    "tenantId" TEXT NOT NULL,
    "memoryId" TEXT NOT NULL,
    "lsn" BIGINT NOT NULL,
    "memoryType" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "agentId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "content" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "sourceEventIds" TEXT[],
    "provenanceRef" TEXT NOT NULL,
    "confidence" DOUBLE PRECISION NOT NULL,
    "importance" DOUBLE PRECISION NOT NULL,
    "freshness" DOUBLE PRECISION NOT NULL,
    "visibility" TEXT NOT NULL,
    "visibleTime" TIMESTAMPTZ(6),
    "validFrom" TIMESTAMPTZ(6) NOT NULL,
    "validTo" TIMESTAMPTZ(6),
    "version" BIGINT NOT NULL,
    "isActive" BOOLEAN NOT NULL,

    CONSTRAINT "Memory_pkey" PRIMARY KEY ("tenantId","memoryId")
);

-- CreateTable
CREATE TABLE "Projection" (
    "lsn" BIGINT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "memoryId" TEXT NOT NULL,
    "memoryType" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "agentId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "visibility" TEXT NOT NULL,
    "importance" DOUBLE PRECISION NOT NULL,
    "visibleTime" TIMESTAMPTZ(6),
    "validFrom" TIMESTAMPTZ(6) NOT NULL,
    "validTo" TIMESTAMPTZ(6),
    "isActive" BOOLEAN NOT NULL,
    "terms" tsvector NOT NULL,

    CONSTRAINT "Projection_pkey" PRIMARY KEY ("lsn")
);

-- CreateTable
CREATE TABLE "Term" (
    "tenantId" TEXT NOT NULL,
    "term" TEXT NOT NULL,

    CONSTRAINT "Term_pkey" PRIMARY KEY ("tenantId","term")
);

-- CreateTable
CREATE TABLE "Edge" (
    "tenantId" TEXT NOT NULL,
    "edgeId" TEXT NOT NULL,
    "lsn" BIGINT NOT NULL,
    "edgeType" TEXT NOT NULL,
    "srcObjectId" TEXT NOT NULL,
    "srcType" TEXT NOT NULL,
    "dstObjectId" TEXT NOT NULL,
    "dstType" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "provenanceRef" TEXT NOT NULL,
    "createdTime" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "Edge_pkey" PRIMARY KEY ("tenantId","edgeId")
);

-- CreateTable
CREATE TABLE "State" (
    "tenantId" TEXT NOT NULL,
    "stateId" TEXT NOT NULL,
    "lsn" BIGINT NOT NULL,
    "stateType" TEXT NOT NULL,
    "stateKey" TEXT NOT NULL,
    "stateValue" TEXT NOT NULL,
    "agentId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "derivedFromEventId" TEXT NOT NULL,
    "checkpointTime" TIMESTAMPTZ(6) NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "State_pkey" PRIMARY KEY ("tenantId","stateId")
);

-- CreateTable
CREATE TABLE "Artifact" (
    "tenantId" TEXT NOT NULL,
    "artifactId" TEXT NOT NULL,
    "lsn" BIGINT NOT NULL,
    "artifactType" TEXT NOT NULL,
    "uri" TEXT NOT NULL,
    "mimeType" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "ownerAgentId" TEXT NOT NULL,
    "producedByEventId" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "Artifact_pkey" PRIMARY KEY ("tenantId","artifactId")
);

-- CreateTable
CREATE TABLE "NamedObject" (
    "tenantId" TEXT NOT NULL,
    "objectType" TEXT NOT NULL,
    "objectId" TEXT NOT NULL,
    "lsn" BIGINT NOT NULL,
    "agentId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "mentioned" BOOLEAN NOT NULL,
    "body" JSONB NOT NULL,

    CONSTRAINT "NamedObject_pkey" PRIMARY KEY ("tenantId","objectType","objectId")
);

-- CreateTable
CREATE TABLE "ObjectVersion" (
    "tenantId" TEXT NOT NULL,
    "objectId" TEXT NOT NULL,
    "lsn" BIGINT NOT NULL,
    "objectType" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "mutationEventId" TEXT NOT NULL,
    "validFrom" TIMESTAMPTZ(6) NOT NULL,
    "snapshotTag" TEXT NOT NULL,
    "body" JSONB,

    CONSTRAINT "ObjectVersion_pkey" PRIMARY KEY ("tenantId","objectId","lsn")
);

-- CreateIndex
CREATE INDEX "Event_tenantId_lsn_idx" ON "Event"("tenantId", "lsn");

-- CreateIndex
CREATE UNIQUE INDEX "Event_tenantId_eventId_key" ON "Event"("tenantId", "eventId");

-- CreateIndex
CREATE INDEX "Projection_tenantId_agentId_lsn_idx" ON "Projection"("tenantId", "agentId", "lsn");

-- CreateIndex
CREATE INDEX "Projection_tenantId_sessionId_lsn_idx" ON "Projection"("tenantId", "sessionId", "lsn");

-- CreateIndex
CREATE INDEX "Projection_tenantId_lsn_idx" ON "Projection"("tenantId", "lsn");

-- CreateIndex
CREATE INDEX "Projection_terms_idx" ON "Projection" USING GIN ("terms");

-- CreateIndex
CREATE INDEX "Term_term_idx" ON "Term" USING GIN ("term" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "Edge_tenantId_srcObjectId_idx" ON "Edge"("tenantId", "srcObjectId");

-- CreateIndex
CREATE INDEX "Edge_tenantId_dstObjectId_idx" ON "Edge"("tenantId", "dstObjectId");

-- CreateIndex
CREATE INDEX "State_tenantId_sessionId_lsn_idx" ON "State"("tenantId", "sessionId", "lsn");

-- CreateIndex
CREATE INDEX "Artifact_tenantId_sessionId_lsn_idx" ON "Artifact"("tenantId", "sessionId", "lsn");

-- CreateIndex
CREATE INDEX "NamedObject_tenantId_agentId_idx" ON "NamedObject"("tenantId", "agentId");


