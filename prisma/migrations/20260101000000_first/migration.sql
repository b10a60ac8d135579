-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "dataVersion" INTEGER NOT NULL,
    "name" TEXT NOT NULL DEFAULT 'Lamplighter',
    "enrolmentPolicy" TEXT NOT NULL DEFAULT 'open',
    "tileUrl" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Device" (
    "id" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "name" TEXT,
    "manufacturer" TEXT,
    "model" TEXT,
    "hardwareRevision" TEXT,
    "serialNumber" TEXT,
    "firmwareVersion" TEXT,
    "latitude" DOUBLE PRECISION,
    "longitude" DOUBLE PRECISION,
    "placeSource" TEXT,
    "timeZone" TEXT,
    "street" TEXT,
    "district" TEXT,
    "feeder" TEXT,
    "cell" TEXT,
    "powerClass" TEXT NOT NULL DEFAULT 'always',
    "presence" TEXT NOT NULL DEFAULT 'never',
    "lampLevel" INTEGER,
    "lampFailure" BOOLEAN,
    "queueMode" BOOLEAN NOT NULL DEFAULT false,
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "lastSeenAt" TIMESTAMP(3),
    "registeredAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ResourceReading" (
    "deviceId" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "source" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ResourceReading_pkey" PRIMARY KEY ("deviceId","path")
);

-- CreateTable
CREATE TABLE "FirmwareSighting" (
    "id" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "campaignId" TEXT,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "FirmwareSighting_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "DeviceGroup" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "kind" TEXT NOT NULL,
    "query" JSONB,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "DeviceGroup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "GroupMember" (
    "groupId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "addedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "GroupMember_pkey" PRIMARY KEY ("groupId","deviceId")
);

-- CreateTable
CREATE TABLE "Registration" (
    "id" TEXT NOT NULL,
    "account" TEXT NOT NULL DEFAULT 'default',
    "endpoint" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "lifetimeSeconds" INTEGER NOT NULL,
    "binding" TEXT NOT NULL,
    "queueMode" BOOLEAN NOT NULL,
    "smsNumber" TEXT,
    "address" TEXT NOT NULL,
    "rootPath" TEXT[],
    "objects" JSONB NOT NULL,
    "contentFormats" INTEGER[],
    "attributes" JSONB NOT NULL,
    "registeredAt" TIMESTAMP(3) NOT NULL,
    "lastSeenAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3),
    "pending" BOOLEAN NOT NULL DEFAULT false,
    "node" TEXT NOT NULL,

    CONSTRAINT "Registration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Observation" (
    "token" TEXT NOT NULL,
    "registrationId" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "accept" INTEGER,

    CONSTRAINT "Observation_pkey" PRIMARY KEY ("token")
);

-- CreateTable
CREATE TABLE "Blob" (
    "sha256" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Blob_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "Package" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "vendor" TEXT,
    "models" TEXT[],
    "hardwareRevisions" TEXT[],
    "fileName" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "headerVersion" TEXT,
    "notes" TEXT,
    "state" TEXT NOT NULL DEFAULT 'released',
    "sha256" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Package_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CampaignSpec" (
    "sha256" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CampaignSpec_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "Campaign" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "specSha256" TEXT NOT NULL,
    "packageId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "pauseReason" TEXT,
    "stateDetail" TEXT,
    "outcome" TEXT,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startAt" TIMESTAMP(3),
    "startedAt" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "Campaign_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Wave" (
    "campaignId" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "heldReason" TEXT,
    "total" INTEGER NOT NULL,
    "startedAt" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "Wave_pkey" PRIMARY KEY ("campaignId","ordinal")
);

-- CreateTable
CREATE TABLE "Job" (
    "id" TEXT NOT NULL,
    "campaignId" TEXT NOT NULL,
    "waveOrdinal" INTEGER NOT NULL,
    "deviceId" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "skipReason" TEXT,
    "waitReason" TEXT,
    "failureCode" TEXT,
    "detail" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "deadlineAt" TIMESTAMP(3),
    "nextAttemptAt" TIMESTAMP(3),
    "fromVersion" TEXT,
    "expectedVersion" TEXT NOT NULL,
    "bytesDone" INTEGER NOT NULL DEFAULT 0,
    "executeIntended" BOOLEAN NOT NULL DEFAULT false,
    "fence" INTEGER NOT NULL DEFAULT 0,
    "node" TEXT,
    "updatedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Attempt" (
    "jobId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "finishedAt" TIMESTAMP(3),
    "bytesDone" INTEGER NOT NULL DEFAULT 0,
    "finalState" TEXT,
    "failureCode" TEXT,

    CONSTRAINT "Attempt_pkey" PRIMARY KEY ("jobId","number")
);

-- CreateTable
CREATE TABLE "Counter" (
    "campaignId" TEXT NOT NULL,
    "waveOrdinal" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "lights" INTEGER NOT NULL,

    CONSTRAINT "Counter_pkey" PRIMARY KEY ("campaignId","waveOrdinal","state")
);

-- CreateTable
CREATE TABLE "GateEvaluation" (
    "id" TEXT NOT NULL,
    "campaignId" TEXT NOT NULL,
    "waveOrdinal" INTEGER NOT NULL,
    "verdict" TEXT NOT NULL,
    "inputs" JSONB NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "GateEvaluation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "seq" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "deviceId" TEXT,
    "campaignId" TEXT,
    "jobId" TEXT,
    "message" TEXT NOT NULL,
    "data" JSONB,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "emailVerified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "role" TEXT NOT NULL DEFAULT 'viewer',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "token" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "ipAddress" TEXT,
    "userAgent" TEXT,
    "userId" TEXT NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Account" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "providerId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "accessToken" TEXT,
    "refreshToken" TEXT,
    "idToken" TEXT,
    "accessTokenExpiresAt" TIMESTAMP(3),
    "refreshTokenExpiresAt" TIMESTAMP(3),
    "scope" TEXT,
    "password" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Verification_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Device_endpoint_key" ON "Device"("endpoint");

-- CreateIndex
CREATE INDEX "Device_presence_idx" ON "Device"("presence");

-- CreateIndex
CREATE INDEX "Device_model_idx" ON "Device"("model");

-- CreateIndex
CREATE INDEX "Device_firmwareVersion_idx" ON "Device"("firmwareVersion");

-- CreateIndex
CREATE INDEX "Device_district_idx" ON "Device"("district");

-- CreateIndex
CREATE INDEX "Device_street_idx" ON "Device"("street");

-- CreateIndex
CREATE INDEX "FirmwareSighting_deviceId_at_idx" ON "FirmwareSighting"("deviceId", "at");

-- CreateIndex
CREATE UNIQUE INDEX "DeviceGroup_name_key" ON "DeviceGroup"("name");

-- CreateIndex
CREATE INDEX "GroupMember_deviceId_idx" ON "GroupMember"("deviceId");

-- CreateIndex
CREATE UNIQUE INDEX "Registration_account_endpoint_key" ON "Registration"("account", "endpoint");

-- CreateIndex
CREATE INDEX "Observation_registrationId_idx" ON "Observation"("registrationId");

-- CreateIndex
CREATE INDEX "Package_createdAt_idx" ON "Package"("createdAt");

-- CreateIndex
CREATE INDEX "Campaign_state_idx" ON "Campaign"("state");

-- CreateIndex
CREATE INDEX "Campaign_createdAt_idx" ON "Campaign"("createdAt");

-- CreateIndex
CREATE INDEX "Job_campaignId_state_idx" ON "Job"("campaignId", "state");

-- CreateIndex
CREATE INDEX "Job_deviceId_idx" ON "Job"("deviceId");

-- CreateIndex
CREATE UNIQUE INDEX "Job_campaignId_deviceId_key" ON "Job"("campaignId", "deviceId");

-- CreateIndex
CREATE INDEX "GateEvaluation_campaignId_waveOrdinal_idx" ON "GateEvaluation"("campaignId", "waveOrdinal");

-- CreateIndex
CREATE INDEX "Event_deviceId_seq_idx" ON "Event"("deviceId", "seq");

-- CreateIndex
CREATE INDEX "Event_campaignId_seq_idx" ON "Event"("campaignId", "seq");

-- CreateIndex
CREATE INDEX "Event_jobId_seq_idx" ON "Event"("jobId", "seq");

-- CreateIndex
CREATE INDEX "Event_kind_seq_idx" ON "Event"("kind", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE UNIQUE INDEX "Session_token_key" ON "Session"("token");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Account_userId_idx" ON "Account"("userId");

-- CreateIndex
CREATE INDEX "Verification_identifier_idx" ON "Verification"("identifier");

-- AddForeignKey
ALTER TABLE "ResourceReading" ADD CONSTRAINT "ResourceReading_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FirmwareSighting" ADD CONSTRAINT "FirmwareSighting_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "GroupMember" ADD CONSTRAINT "GroupMember_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "DeviceGroup"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "GroupMember" ADD CONSTRAINT "GroupMember_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Package" ADD CONSTRAINT "Package_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "Blob"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Campaign" ADD CONSTRAINT "Campaign_specSha256_fkey" FOREIGN KEY ("specSha256") REFERENCES "CampaignSpec"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Campaign" ADD CONSTRAINT "Campaign_packageId_fkey" FOREIGN KEY ("packageId") REFERENCES "Package"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Wave" ADD CONSTRAINT "Wave_campaignId_fkey" FOREIGN KEY ("campaignId") REFERENCES "Campaign"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Job" ADD CONSTRAINT "Job_campaignId_fkey" FOREIGN KEY ("campaignId") REFERENCES "Campaign"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Job" ADD CONSTRAINT "Job_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Counter" ADD CONSTRAINT "Counter_campaignId_fkey" FOREIGN KEY ("campaignId") REFERENCES "Campaign"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "GateEvaluation" ADD CONSTRAINT "GateEvaluation_campaignId_fkey" FOREIGN KEY ("campaignId") REFERENCES "Campaign"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Account" ADD CONSTRAINT "Account_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the schema language cannot say.

-- A light is driven by at most one job at a time, in whatever campaign.
CREATE UNIQUE INDEX "Job_deviceId_active_key" ON "Job"("deviceId")
  WHERE "state" IN ('preparing', 'downloading', 'downloaded', 'installing', 'awaiting-return', 'verifying');

-- Jobs that wait for their turn, in the order in which they are asked for.
CREATE INDEX "Job_queued_idx" ON "Job"("campaignId", "waveOrdinal", "nextAttemptAt") WHERE "state" = 'queued';

ALTER TABLE "Installation" ADD CONSTRAINT "Installation_one_row" CHECK ("id" = 1);
ALTER TABLE "Installation" ADD CONSTRAINT "Installation_enrolmentPolicy_known" CHECK ("enrolmentPolicy" IN ('open', 'approve', 'closed'));
ALTER TABLE "Device" ADD CONSTRAINT "Device_presence_known" CHECK ("presence" IN ('online', 'sleeping', 'offline', 'pending', 'never'));
ALTER TABLE "Device" ADD CONSTRAINT "Device_place_on_earth" CHECK ("latitude" BETWEEN -90 AND 90 AND "longitude" BETWEEN -180 AND 180);
ALTER TABLE "DeviceGroup" ADD CONSTRAINT "DeviceGroup_kind_known" CHECK ("kind" = 'static' OR ("kind" = 'query' AND "query" IS NOT NULL));
ALTER TABLE "Blob" ADD CONSTRAINT "Blob_not_empty" CHECK ("bytes" > 0);
ALTER TABLE "Campaign" ADD CONSTRAINT "Campaign_state_known"
  CHECK ("state" IN ('draft', 'scheduled', 'running', 'paused', 'completed', 'cancelling', 'cancelled', 'expired'));
ALTER TABLE "Wave" ADD CONSTRAINT "Wave_state_known" CHECK ("state" IN ('pending', 'active', 'soaking', 'passed', 'held'));
ALTER TABLE "Job" ADD CONSTRAINT "Job_state_known"
  CHECK ("state" IN ('planned', 'queued', 'skipped', 'preparing', 'downloading', 'downloaded', 'installing', 'awaiting-return',
    'verifying', 'succeeded', 'failed', 'rolled-back', 'lost', 'cancelled', 'expired'));
ALTER TABLE "Counter" ADD CONSTRAINT "Counter_not_negative" CHECK ("lights" >= 0);

-- Rows that change often keep room on their page, so that a change need not touch the indexes.
ALTER TABLE "Device" SET (fillfactor = 80);
ALTER TABLE "Registration" SET (fillfactor = 80);
ALTER TABLE "ResourceReading" SET (fillfactor = 80);
ALTER TABLE "Job" SET (fillfactor = 80);
ALTER TABLE "Counter" SET (fillfactor = 50);
