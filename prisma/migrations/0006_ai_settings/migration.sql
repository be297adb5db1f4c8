-- AlterTable
ALTER TABLE "Proposal" ADD COLUMN     "inputTokens" INTEGER,
ADD COLUMN     "loggedAt" TIMESTAMPTZ(3),
ADD COLUMN     "outputTokens" INTEGER,
ADD COLUMN     "told" JSONB;

-- AlterTable
ALTER TABLE "TenantSetting" ADD COLUMN     "ai" JSONB,
ADD COLUMN     "aiSecret" BYTEA,
ADD COLUMN     "proposalsPerHour" INTEGER;

-- CreateIndex
CREATE INDEX "Proposal_loggedAt_decidedAt_idx" ON "Proposal"("loggedAt", "decidedAt");


