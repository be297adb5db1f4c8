-- CreateTable
CREATE TABLE "Watermark" (
    "tenantId" TEXT NOT NULL,
    "pipelineId" TEXT NOT NULL,
    "nodeId" TEXT NOT NULL,
    "reads" TEXT NOT NULL,
    "value" TEXT,
    "pending" TEXT,
    "pendingRunId" TEXT,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Watermark_pkey" PRIMARY KEY ("tenantId","pipelineId","nodeId")
);

-- CreateTable
CREATE TABLE "SetupSession" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "userName" TEXT,
    "state" TEXT NOT NULL,
    "setup" JSONB NOT NULL,
    "effect" JSONB,
    "draftId" TEXT,
    "nextSeq" INTEGER NOT NULL DEFAULT 1,
    "leaseToken" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastActiveAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "SetupSession_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SetupMessage" (
    "sessionId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "tenantId" TEXT NOT NULL,
    "idempotencyKey" TEXT,
    "pending" BYTEA,
    "said" TEXT,
    "reply" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "answeredAt" TIMESTAMPTZ(3),
    "loggedAt" TIMESTAMPTZ(3),

    CONSTRAINT "SetupMessage_pkey" PRIMARY KEY ("sessionId","seq")
);

-- CreateTable
CREATE TABLE "Source" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "connector" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "secret" BYTEA NOT NULL,
    "health" JSONB,
    "checkedAt" TIMESTAMPTZ(3),
    "createdBy" TEXT NOT NULL,
    "createdByName" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Source_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SourceDraft" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "SourceDraft_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SetupSession_tenantId_userId_lastActiveAt_idx" ON "SetupSession"("tenantId", "userId", "lastActiveAt");

-- CreateIndex
CREATE INDEX "SetupSession_expiresAt_idx" ON "SetupSession"("expiresAt");

-- CreateIndex
CREATE INDEX "SetupMessage_loggedAt_answeredAt_idx" ON "SetupMessage"("loggedAt", "answeredAt");

-- CreateIndex
CREATE UNIQUE INDEX "SetupMessage_sessionId_idempotencyKey_key" ON "SetupMessage"("sessionId", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Source_tenantId_updatedAt_idx" ON "Source"("tenantId", "updatedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Source_tenantId_name_key" ON "Source"("tenantId", "name");

-- CreateIndex
CREATE INDEX "SourceDraft_expiresAt_idx" ON "SourceDraft"("expiresAt");

-- AddForeignKey
ALTER TABLE "SetupMessage" ADD CONSTRAINT "SetupMessage_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "SetupSession"("id") ON DELETE CASCADE ON UPDATE CASCADE;


