import type { Job } from "@lamplighter/campaigns/job";
import { fromInstant, toInstant } from "./postgres-types.ts";

/** A job as its table has it. */
export interface JobRow {
  readonly id: string;
  readonly campaignId: string;
  readonly waveOrdinal: number;
  readonly deviceId: string;
  readonly endpoint: string;
  readonly state: string;
  readonly skipReason: string | null;
  readonly waitReason: string | null;
  readonly failureCode: string | null;
  readonly detail: string | null;
  readonly attempt: number;
  readonly deadlineAt: Date | null;
  readonly nextAttemptAt: Date | null;
  readonly fromVersion: string | null;
  readonly expectedVersion: string;
  readonly bytesDone: number;
  readonly executeIntended: boolean;
  readonly staleResult: number | null;
  readonly delivery: string | null;
  readonly fence: number;
  readonly node: string | null;
  readonly updatedAt: Date;
}

/** Also for rows that came through Prisma: the columns and types are the same. */
export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    campaignId: row.campaignId,
    waveOrdinal: row.waveOrdinal,
    deviceId: row.deviceId,
    endpoint: row.endpoint,
    state: row.state as Job["state"],
    ...given("skipReason", row.skipReason as Job["skipReason"] | null),
    ...given("waitReason", row.waitReason as Job["waitReason"] | null),
    ...given("failureCode", row.failureCode as Job["failureCode"] | null),
    ...given("detail", row.detail),
    attempt: row.attempt,
    ...given("deadlineAt", fromInstant(row.deadlineAt)),
    ...given("nextAttemptAt", fromInstant(row.nextAttemptAt)),
    ...given("fromVersion", row.fromVersion),
    expectedVersion: row.expectedVersion,
    bytesDone: row.bytesDone,
    executeIntended: row.executeIntended,
    ...given("staleResult", row.staleResult),
    ...given("delivery", row.delivery as Job["delivery"] | null),
    fence: row.fence,
    ...given("node", row.node),
    updatedAt: fromInstant(row.updatedAt),
  };
}

/** The property when there is a value, nothing when there is none: "absent" and "null" are one thing to us. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { [Key in Name]?: NonNullable<Value> } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { [Key in Name]?: NonNullable<Value> };
}

/** One array per column, as {@link updateJobs} takes them. */
export function jobColumns(jobs: readonly Job[]): unknown[] {
  const column = <T>(pick: (job: Job) => T): T[] => jobs.map(pick);
  return [
    column((job) => job.id),
    column((job) => job.waveOrdinal),
    column((job) => job.state),
    column((job) => job.skipReason ?? null),
    column((job) => job.waitReason ?? null),
    column((job) => job.failureCode ?? null),
    column((job) => job.detail ?? null),
    column((job) => job.attempt),
    column((job) => toInstant(job.deadlineAt)),
    column((job) => toInstant(job.nextAttemptAt)),
    column((job) => job.fromVersion ?? null),
    column((job) => job.expectedVersion),
    column((job) => job.bytesDone),
    column((job) => job.executeIntended),
    column((job) => job.fence),
    column((job) => job.node ?? null),
    column((job) => toInstant(job.updatedAt)),
    column((job) => job.staleResult ?? null),
    column((job) => job.delivery ?? null),
  ];
}

export const updateJobs = `
  UPDATE "Job" SET "waveOrdinal" = n.wave, "state" = n.state, "skipReason" = n.skip, "waitReason" = n.wait,
    "failureCode" = n.failure, "detail" = n.detail, "attempt" = n.attempt, "deadlineAt" = n.deadline,
    "nextAttemptAt" = n.next, "fromVersion" = n.old, "expectedVersion" = n.expected, "bytesDone" = n.bytes,
    "executeIntended" = n.execute, "fence" = n.fence, "node" = n.node, "updatedAt" = n.updated,
    "staleResult" = n.stale, "delivery" = n.delivery
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
    $9::timestamp[], $10::timestamp[], $11::text[], $12::text[], $13::int[], $14::bool[], $15::int[], $16::text[],
    $17::timestamp[], $18::int[], $19::text[]) AS n(id, wave, state, skip, wait, failure, detail, attempt, deadline, next, old, expected, bytes,
    execute, fence, node, updated, stale, delivery)
  WHERE "Job"."id" = n.id`;

/** $1 campaign, then one array per column. */
export const insertJobs = `
  INSERT INTO "Job" ("campaignId", "id", "waveOrdinal", "deviceId", "endpoint", "state", "skipReason", "fromVersion",
    "expectedVersion", "updatedAt")
  SELECT $1, n.* FROM unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::timestamp[]) AS n`;
