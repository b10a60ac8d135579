-- CreateTable
CREATE TABLE "BootstrapConfiguration" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "targetKind" TEXT NOT NULL,
    "endpoint" TEXT,
    "groupId" TEXT,
    "document" JSONB NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BootstrapConfiguration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BootstrapRecord" (
    "seq" BIGSERIAL NOT NULL,
    "endpoint" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "configurationId" TEXT,
    "configurationName" TEXT,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3) NOT NULL,
    "outcome" TEXT NOT NULL,
    "steps" JSONB NOT NULL,

    CONSTRAINT "BootstrapRecord_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "BootstrapConfiguration_name_key" ON "BootstrapConfiguration"("name");

-- CreateIndex
CREATE UNIQUE INDEX "BootstrapConfiguration_endpoint_key" ON "BootstrapConfiguration"("endpoint");

-- CreateIndex
CREATE UNIQUE INDEX "BootstrapConfiguration_groupId_key" ON "BootstrapConfiguration"("groupId");

-- CreateIndex
CREATE INDEX "BootstrapRecord_endpoint_seq_idx" ON "BootstrapRecord"("endpoint", "seq");

-- AddForeignKey
ALTER TABLE "BootstrapConfiguration" ADD CONSTRAINT "BootstrapConfiguration_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "DeviceGroup"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Not sayable in the schema language: there is one default at most.
CREATE UNIQUE INDEX "BootstrapConfiguration_one_default" ON "BootstrapConfiguration"("targetKind") WHERE "targetKind" = 'default';
