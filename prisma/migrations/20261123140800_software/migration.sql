-- AlterTable
ALTER TABLE "Package" ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'firmware';

-- CreateTable
CREATE TABLE "SoftwareTask" (
    "id" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "instance" INTEGER NOT NULL,
    "wish" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "attempt" JSONB NOT NULL,
    "package" JSONB,
    "packageId" TEXT,
    "bytesDone" INTEGER NOT NULL DEFAULT 0,
    "installs" TEXT NOT NULL,
    "deadlineAt" TIMESTAMP(3),
    "askedBy" TEXT NOT NULL,
    "askedAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3),
    "node" TEXT,

    CONSTRAINT "SoftwareTask_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SoftwareTask_deviceId_askedAt_idx" ON "SoftwareTask"("deviceId", "askedAt");

-- AddForeignKey
ALTER TABLE "SoftwareTask" ADD CONSTRAINT "SoftwareTask_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One light has one software task at a time.
CREATE UNIQUE INDEX "SoftwareTask_one_at_a_time" ON "SoftwareTask"("deviceId") WHERE "endedAt" IS NULL;
