-- A save that the database carried out late must not undo a later one.
ALTER TABLE "DtlsSession" ADD COLUMN "batch" BIGINT NOT NULL DEFAULT 0;
