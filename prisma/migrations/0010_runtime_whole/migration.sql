-- AlterTable
ALTER TABLE "QuarantineRow" ADD COLUMN     "edited" BYTEA,
ADD COLUMN     "editedAt" TIMESTAMPTZ(3),
ADD COLUMN     "editedBy" TEXT,
ADD COLUMN     "replayRunId" TEXT,
ADD COLUMN     "resolution" TEXT,
ADD COLUMN     "resolvedAt" TIMESTAMPTZ(3),
ADD COLUMN     "resolvedBy" TEXT;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "notedAt" TIMESTAMPTZ(3),
ADD COLUMN     "replayOf" TEXT,
ADD COLUMN     "waits" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "arrivals" JSONB,
ADD COLUMN     "deadlineAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "TenantSetting" ADD COLUMN     "runsAtOnce" INTEGER;

-- CreateTable
CREATE TABLE "Channel" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "secret" BYTEA,
    "topics" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Delivery" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "channelId" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAttemptAt" TIMESTAMPTZ(3),
    "lastError" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deliveredAt" TIMESTAMPTZ(3),

    CONSTRAINT "Delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ChangeFeed" (
    "tenantId" TEXT NOT NULL,
    "pipelineId" TEXT NOT NULL,
    "nodeId" TEXT NOT NULL,
    "sourceId" TEXT NOT NULL,
    "reads" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "position" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ChangeFeed_pkey" PRIMARY KEY ("tenantId","pipelineId","nodeId")
);

-- CreateTable
CREATE TABLE "TakenFile" (
    "tenantId" TEXT NOT NULL,
    "pipelineId" TEXT NOT NULL,
    "nodeId" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "staged" TEXT NOT NULL,
    "goesTo" TEXT,
    "bytes" BIGINT NOT NULL,
    "modifiedAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "TakenFile_pkey" PRIMARY KEY ("runId","nodeId","path")
);

-- CreateIndex
CREATE UNIQUE INDEX "Channel_tenantId_name_key" ON "Channel"("tenantId", "name");

-- CreateIndex
CREATE INDEX "Delivery_status_nextAttemptAt_idx" ON "Delivery"("status", "nextAttemptAt");

-- CreateIndex
CREATE INDEX "Delivery_tenantId_createdAt_idx" ON "Delivery"("tenantId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Delivery_channelId_topic_subject_key" ON "Delivery"("channelId", "topic", "subject");

-- CreateIndex
CREATE INDEX "ChangeFeed_sourceId_idx" ON "ChangeFeed"("sourceId");

-- CreateIndex
CREATE INDEX "TakenFile_tenantId_pipelineId_idx" ON "TakenFile"("tenantId", "pipelineId");

-- CreateIndex
CREATE INDEX "QuarantineRow_replayRunId_idx" ON "QuarantineRow"("replayRunId");

-- CreateIndex
CREATE INDEX "Run_status_notedAt_idx" ON "Run"("status", "notedAt");

-- CreateIndex
CREATE INDEX "Run_replayOf_idx" ON "Run"("replayOf");

-- CreateIndex
CREATE INDEX "Schedule_enabled_deadlineAt_idx" ON "Schedule"("enabled", "deadlineAt");

-- AddForeignKey
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;


