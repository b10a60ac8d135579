-- CreateTable
CREATE TABLE "QueuedRequest" (
    "id" TEXT NOT NULL,
    "account" TEXT NOT NULL DEFAULT 'default',
    "endpoint" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "operation" JSONB NOT NULL,
    "askedAt" TIMESTAMP(3) NOT NULL,
    "askedBy" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "endedAt" TIMESTAMP(3),
    "resultCode" TEXT,
    "resultMessage" TEXT,

    CONSTRAINT "QueuedRequest_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "QueuedRequest_account_endpoint_position_idx" ON "QueuedRequest"("account", "endpoint", "position");
