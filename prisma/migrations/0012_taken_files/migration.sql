-- AlterTable
ALTER TABLE "TakenFile" ADD COLUMN     "held" TEXT,
ADD COLUMN     "settledAt" TIMESTAMPTZ(3),
ADD COLUMN     "source" JSONB NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "TakenFile_held_key" ON "TakenFile"("held");

-- CreateIndex
CREATE INDEX "TakenFile_settledAt_idx" ON "TakenFile"("settledAt");


