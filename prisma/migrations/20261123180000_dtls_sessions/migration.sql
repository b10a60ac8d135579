-- Protected connections that outlive the server. Marks are above what was used, so that nothing is used twice.
CREATE TABLE "DtlsSession" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "sendBelow" BIGINT NOT NULL,
    "acceptedBelow" BIGINT NOT NULL,
    "udpAddress" TEXT NOT NULL,
    "connectedAt" TIMESTAMP(3) NOT NULL,
    "heardAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "DtlsSession_pkey" PRIMARY KEY ("name")
);

-- Which start of the server these connections are of, told apart outside of the database as well.
CREATE TABLE "DtlsGeneration" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "boot" TEXT NOT NULL,
    "tick" INTEGER NOT NULL,

    CONSTRAINT "DtlsGeneration_pkey" PRIMARY KEY ("id")
);
