import type { FailureCode, JobState, SkipReason, WaitReason } from "@lamplighter/campaigns/job";
import type { Job, Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import type { JobView } from "../views.ts";

type JobWithNames = Job & { device: { name: string | null }; campaign: { package: { bytes: number } } };

/** What else must be read with a job to show it. */
export const jobNames = {
  device: { select: { name: true } },
  campaign: { select: { package: { select: { bytes: true } } } },
} as const satisfies Prisma.JobInclude;

export function jobView(job: JobWithNames): JobView {
  return {
    id: job.id,
    campaignId: job.campaignId,
    deviceId: job.deviceId,
    endpoint: job.endpoint,
    name: job.device.name,
    waveOrdinal: job.waveOrdinal,
    state: job.state as JobState,
    skipReason: job.skipReason as SkipReason | null,
    waitReason: job.waitReason as WaitReason | null,
    failureCode: job.failureCode as FailureCode | null,
    detail: job.detail,
    attempt: job.attempt,
    fromVersion: job.fromVersion,
    expectedVersion: job.expectedVersion,
    bytesDone: job.bytesDone,
    bytesTotal: job.campaign.package.bytes,
    deadlineAt: job.deadlineAt?.toISOString() ?? null,
    nextAttemptAt: job.nextAttemptAt?.toISOString() ?? null,
    updatedAt: job.updatedAt.toISOString(),
  };
}

/** Jobs by id, as people see them. */
export async function jobViews(db: PrismaClient, ids: readonly string[]): Promise<JobView[]> {
  const jobs = await db.job.findMany({ where: { id: { in: [...ids] } }, include: jobNames });
  return jobs.map(jobView);
}
