-- AlterTable
ALTER TABLE "Registration" ADD COLUMN     "authenticated" BOOLEAN NOT NULL DEFAULT false;
