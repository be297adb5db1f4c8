-- DropIndex
DROP INDEX "Delivery_tenantId_createdAt_idx";

-- AlterTable
ALTER TABLE "Channel" ADD COLUMN     "pipelines" TEXT[];

-- CreateTable
CREATE TABLE "OpenProblem" (
    "channelId" TEXT NOT NULL,
    "pipelineId" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen" INTEGER NOT NULL DEFAULT 0,
    "told" INTEGER NOT NULL DEFAULT 0,
    "seenThen" INTEGER NOT NULL DEFAULT 0,
    "toldAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "subject" TEXT NOT NULL,

    CONSTRAINT "OpenProblem_pkey" PRIMARY KEY ("channelId","pipelineId","topic")
);

-- CreateIndex
CREATE INDEX "OpenProblem_tenantId_idx" ON "OpenProblem"("tenantId");

-- CreateIndex
CREATE INDEX "Delivery_channelId_createdAt_idx" ON "Delivery"("channelId", "createdAt");

-- AddForeignKey
ALTER TABLE "OpenProblem" ADD CONSTRAINT "OpenProblem_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Nobody is told of runs that ended before there was anybody to tell.
UPDATE "Run" SET "notedAt" = now() WHERE "notedAt" IS NULL AND "finishedAt" IS NOT NULL;
