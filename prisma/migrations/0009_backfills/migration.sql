-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "backfillId" TEXT,
ADD COLUMN     "scheduledFor" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "leftOut" TEXT,
ADD COLUMN     "leftOutAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "Backfill" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "pipelineId" TEXT NOT NULL,
    "activeFor" TEXT,
    "status" TEXT NOT NULL DEFAULT 'running',
    "from" TIMESTAMPTZ(3) NOT NULL,
    "to" TIMESTAMPTZ(3) NOT NULL,
    "stepMinutes" INTEGER,
    "times" TIMESTAMPTZ(3)[],
    "made" INTEGER NOT NULL DEFAULT 0,
    "idempotencyKey" TEXT,
    "requestedBy" TEXT NOT NULL,
    "requestedByName" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Backfill_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Backfill_activeFor_key" ON "Backfill"("activeFor");

-- CreateIndex
CREATE INDEX "Backfill_tenantId_pipelineId_createdAt_idx" ON "Backfill"("tenantId", "pipelineId", "createdAt");

-- CreateIndex
CREATE INDEX "Backfill_status_idx" ON "Backfill"("status");

-- CreateIndex
CREATE UNIQUE INDEX "Backfill_tenantId_idempotencyKey_key" ON "Backfill"("tenantId", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Run_backfillId_idx" ON "Run"("backfillId");


