import { type CampaignSpec, specDefaults } from "@lamplighter/campaigns/campaign";
import type { NewCampaign, NewTarget } from "@lamplighter/campaigns/campaign-store";
import type { SkipReason } from "@lamplighter/campaigns/job";
import { checkTarget } from "@lamplighter/campaigns/target-check";
import { problemsOfWaves, splitIntoWaves } from "@lamplighter/campaigns/wave-split";
import { canonicalJson, sha256 } from "@lamplighter/db/canonical-json";
import type { Package, Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import type { RegisteredObject } from "@lamplighter/lwm2m/registration";
import type { CampaignPlan } from "../input/campaign-plan.ts";
import { deviceWhere, groupWhere } from "../inventory/device-where.ts";
import { Problem } from "../problem.ts";

const firmwareUpdateObject = 5;
const namedMax = 5_000;

export interface TargetLight {
  readonly id: string;
  readonly endpoint: string;
  readonly name: string | null;
  readonly presence: string;
  readonly firmwareVersion: string | null;
  readonly skipReason: SkipReason | undefined;
}

/** A campaign as it would be: what it says, whom it reaches and in which wave. */
export interface PlannedCampaign {
  readonly spec: CampaignSpec;
  /** What the lights are to run. */
  readonly expectedVersion: string;
  readonly matched: readonly TargetLight[];
  readonly included: readonly TargetLight[];
  readonly skipped: readonly TargetLight[];
  /** The included lights of each wave. */
  readonly waves: readonly (readonly TargetLight[])[];
  /** Sentences that forbid it; empty when it may be written. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Fills in what a plan leaves open. */
export function specFrom(plan: CampaignPlan): CampaignSpec {
  return {
    packageId: plan.packageId,
    target: plan.target,
    waves: plan.waves,
    ...(plan.delivery && { delivery: plan.delivery }),
    concurrencyMax: plan.concurrencyMax ?? specDefaults.concurrencyMax,
    downloadDeadlineSeconds: plan.downloadDeadlineSeconds ?? specDefaults.downloadDeadlineSeconds,
    returnDeadlineSeconds: plan.returnDeadlineSeconds ?? specDefaults.returnDeadlineSeconds,
    retry: plan.retry ?? specDefaults.retry,
    stop: plan.stop ?? specDefaults.stop,
    ...(plan.startAt && { startAt: new Date(plan.startAt).toISOString() }),
  };
}

/**
 * Works out a campaign without writing it: which lights it reaches now, which of them it leaves out and why, and how the
 * rest is dealt out to waves. Preview and creation ask the same, so what was shown is what is written, unless lights
 * changed in between.
 */
export async function planCampaign(
  db: PrismaClient,
  scope: { devices: Prisma.DeviceWhereInput; packages: Prisma.PackageWhereInput },
  { plan, now }: { plan: CampaignPlan; now: Date },
): Promise<PlannedCampaign> {
  const spec = specFrom(plan);
  const fit = await db.package.findFirst({ where: { AND: [{ id: plan.packageId }, scope.packages] } });
  if (!fit) throw new Problem("not-found", "This firmware does not exist any more. Choose another package.");
  if (fit.kind !== "firmware") {
    throw new Problem(
      "invalid-input",
      `${fit.name} is software for a part of a light. A campaign brings firmware alone.`,
    );
  }
  const where = { AND: [scope.devices, await targetWhere(db, plan.target)] };
  const matched = await targetLights(db, where, fit);
  const included = matched.filter(({ skipReason }) => skipReason === undefined);
  const skipped = matched.filter(({ skipReason }) => skipReason !== undefined);
  const problems = [...problemsOfWaves(plan.waves), ...packageProblems(fit), ...targetProblems(matched, included)];
  if (spec.startAt !== undefined && new Date(spec.startAt) <= now) {
    problems.push("The start lies in the past. Choose a later time, or start it now.");
  }
  const { startAt: _, ...timeless } = spec;
  // Drawn from the plan itself, so that the waves shown are the waves written.
  const seed = Number.parseInt(sha256(canonicalJson(timeless)).slice(0, 8), 16);
  const waves = problemsOfWaves(plan.waves).length === 0 ? splitIntoWaves(included, plan.waves, seed) : [];
  return {
    spec,
    expectedVersion: fit.version,
    matched,
    included,
    skipped,
    waves,
    problems,
    warnings: warningsOf(fit),
  };
}

/** The campaign as the store takes it: one target per light, those left out included, in the last wave. */
export function newCampaign(
  planned: PlannedCampaign,
  options: { id: string; name: string; createdBy: string; at: number; newId: () => string },
): NewCampaign {
  const { spec, expectedVersion, waves, skipped } = planned;
  const { newId, ...identity } = options;
  const last = spec.waves.length - 1;
  const target = (light: TargetLight, waveOrdinal: number): NewTarget => ({
    jobId: newId(),
    deviceId: light.id,
    endpoint: light.endpoint,
    waveOrdinal,
    expectedVersion,
    ...(light.firmwareVersion !== null && { fromVersion: light.firmwareVersion }),
    ...(light.skipReason !== undefined && { skipReason: light.skipReason }),
  });
  return {
    ...identity,
    spec,
    waves: spec.waves.map(({ name }, ordinal) => ({
      ordinal,
      name,
      total: (waves[ordinal]?.length ?? 0) + (ordinal === last ? skipped.length : 0),
    })),
    targets: [
      ...waves.flatMap((lights, ordinal) => lights.map((light) => target(light, ordinal))),
      ...skipped.map((light) => target(light, last)),
    ],
  };
}

async function targetWhere(db: PrismaClient, target: CampaignPlan["target"]): Promise<Prisma.DeviceWhereInput> {
  if (target.kind === "devices") return { id: { in: [...target.deviceIds] } };
  return target.kind === "group" ? groupWhere(db, target.groupId) : deviceWhere(db, target.query);
}

async function targetLights(
  db: PrismaClient,
  where: Prisma.DeviceWhereInput,
  fit: Pick<Package, "version" | "models" | "hardwareRevisions">,
): Promise<TargetLight[]> {
  const devices = await db.device.findMany({
    where,
    orderBy: { endpoint: "asc" },
    select: {
      id: true,
      endpoint: true,
      name: true,
      model: true,
      hardwareRevision: true,
      firmwareVersion: true,
      presence: true,
    },
  });
  const endpoints = devices.map(({ endpoint }) => endpoint);
  const registrations = await db.registration.findMany({
    // A list of names is quicker for a few lights, the whole table for a city.
    where: endpoints.length <= namedMax ? { endpoint: { in: endpoints } } : {},
    select: { endpoint: true, objects: true },
  });
  const withFirmware = new Map(
    registrations.map(({ endpoint, objects }) => [
      endpoint,
      (objects as unknown as RegisteredObject[]).some(({ object }) => object === firmwareUpdateObject),
    ]),
  );
  return devices.map(({ model, hardwareRevision, ...light }) => {
    const hasFirmwareObject = withFirmware.get(light.endpoint);
    const candidate = {
      ...light,
      model,
      hardwareRevision,
      ...(hasFirmwareObject !== undefined && { hasFirmwareObject }),
    };
    return { ...light, skipReason: checkTarget(candidate, fit) };
  });
}

function packageProblems({ state, name, version }: Package): string[] {
  return state === "revoked" ? [`Firmware ${name} ${version} was revoked, so it is handed out no more.`] : [];
}

function targetProblems(matched: readonly TargetLight[], included: readonly TargetLight[]): string[] {
  if (matched.length === 0) return ["No light matches this target. Choose another group or loosen the filter."];
  if (included.length > 0) return [];
  return [`All ${matched.length} lights of this target are left out, so nobody would be updated. See why below.`];
}

function warningsOf({ state, headerVersion, version }: Package): string[] {
  const warnings: string[] = [];
  if (state === "deprecated") warnings.push("This firmware is deprecated: a newer one should be used.");
  if (headerVersion !== null && headerVersion !== version) {
    warnings.push(
      `The image's own header says ${headerVersion}, the package ${version}. Lights that report ${headerVersion} afterwards will count as failed.`,
    );
  }
  return warnings;
}
