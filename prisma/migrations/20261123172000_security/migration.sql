-- AlterTable
ALTER TABLE "Installation" ADD COLUMN     "keyCheck" BYTEA,
ADD COLUMN     "noSec" TEXT;

-- An installation whose lights speak in the clear keeps them: turning them away is for a person to decide. It is shown
-- on the security page, and said at each start.
UPDATE "Installation" SET "noSec" = 'everybody' WHERE EXISTS (SELECT 1 FROM "Registration");

-- CreateTable
CREATE TABLE "Credential" (
    "id" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "identity" BYTEA,
    "sealedKey" BYTEA,
    "publicKey" BYTEA,
    "state" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "shownAt" TIMESTAMP(3),
    "lastHandshakeAt" TIMESTAMP(3),
    "lastSuite" TEXT,
    "lastHasConnectionId" BOOLEAN,

    CONSTRAINT "Credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SecurityEvent" (
    "seq" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "lastAt" TIMESTAMP(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "endpoint" TEXT,
    "identity" BYTEA,
    "address" TEXT,
    "detail" TEXT NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "SecurityEvent_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "Credential_endpoint_idx" ON "Credential"("endpoint");

-- CreateIndex
CREATE INDEX "Credential_updatedAt_idx" ON "Credential"("updatedAt");

-- CreateIndex
CREATE INDEX "SecurityEvent_kind_seq_idx" ON "SecurityEvent"("kind", "seq");

-- CreateIndex
CREATE INDEX "SecurityEvent_endpoint_seq_idx" ON "SecurityEvent"("endpoint", "seq");

-- CreateIndex
CREATE INDEX "SecurityEvent_at_idx" ON "SecurityEvent"("at");

-- At most one active and one pending credential of a light for each purpose.
CREATE UNIQUE INDEX "Credential_one_each_key" ON "Credential"("endpoint", "purpose", "state") WHERE "state" <> 'retired';

-- An identity says who somebody is: it belongs to one credential. A retired one gives it free.
CREATE UNIQUE INDEX "Credential_identity_key" ON "Credential"("purpose", "identity") WHERE "state" <> 'retired';
