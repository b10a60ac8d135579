-- CreateTable
CREATE TABLE "ObjectDefinition" (
    "objectId" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "fileName" TEXT NOT NULL,
    "uploadedBy" TEXT NOT NULL,
    "uploadedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ObjectDefinition_pkey" PRIMARY KEY ("objectId","version")
);
