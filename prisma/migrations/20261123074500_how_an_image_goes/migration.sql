-- After a restart it must be known whether a light was sent its image or fetches it.
ALTER TABLE "Job" ADD COLUMN "delivery" TEXT;
ALTER TABLE "Job" ADD CONSTRAINT "Job_delivery_known" CHECK ("delivery" IN ('push', 'pull'));
