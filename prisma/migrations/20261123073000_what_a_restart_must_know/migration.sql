-- Failures that a person accepted by going on, and a result that a light would not let go of before its attempt.
-- Both were known to one process only.
ALTER TABLE "Campaign" ADD COLUMN "acceptedFailures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "acceptedLost" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Job" ADD COLUMN "staleResult" INTEGER;
