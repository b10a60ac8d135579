import type { Presence } from "@lamplighter/campaigns/device-query";
import { activeJobStates, type JobState } from "@lamplighter/campaigns/job";
import type { Device, Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import type { Services } from "../context.ts";
import { Problem } from "../problem.ts";
import type { DeviceRow, DeviceView } from "../views.ts";

type ActiveJob = NonNullable<DeviceRow["activeJob"]>;

/** Finds a light a person may see, or says that there is none. */
export async function visibleDevice(db: PrismaClient, scope: Prisma.DeviceWhereInput, id: string): Promise<Device> {
  const device = await db.device.findFirst({ where: { AND: [{ id }, scope] } });
  if (!device) throw new Problem("not-found", "This light does not exist, or it was removed. Go back to the list.");
  return device;
}

/** The jobs that drive these lights now, by light. Without ids: all there are. */
export async function activeJobs(db: PrismaClient, deviceIds?: readonly string[]): Promise<Map<string, ActiveJob>> {
  const jobs = await db.job.findMany({
    where: { state: { in: [...activeJobStates] }, ...(deviceIds && { deviceId: { in: [...deviceIds] } }) },
    select: { id: true, deviceId: true, state: true, campaign: { select: { id: true, name: true } } },
  });
  return new Map(
    jobs.map((job) => [
      job.deviceId,
      {
        jobId: job.id,
        campaignId: job.campaign.id,
        campaignName: job.campaign.name,
        state: job.state as JobState,
      },
    ]),
  );
}

export function deviceRow(device: Device, activeJob: ActiveJob | undefined): DeviceRow {
  return {
    id: device.id,
    endpoint: device.endpoint,
    name: device.name,
    manufacturer: device.manufacturer,
    model: device.model,
    hardwareRevision: device.hardwareRevision,
    firmwareVersion: device.firmwareVersion,
    street: device.street,
    district: device.district,
    feeder: device.feeder,
    cell: device.cell,
    latitude: device.latitude,
    longitude: device.longitude,
    presence: device.presence as Presence,
    lampLevel: device.lampLevel,
    lampFailure: device.lampFailure,
    queueMode: device.queueMode,
    demo: device.demo,
    lastSeenAt: instant(device.lastSeenAt),
    activeJob: activeJob ?? null,
  };
}

/** Everything about one light, with its groups and how it is registered now. */
export async function deviceView(
  { db, security }: Pick<Services, "db" | "security">,
  device: Device,
): Promise<DeviceView> {
  const [jobs, members, registration] = await Promise.all([
    activeJobs(db, [device.id]),
    db.groupMember.findMany({ where: { deviceId: device.id }, include: { group: true }, orderBy: { addedAt: "asc" } }),
    db.registration.findFirst({ where: { endpoint: device.endpoint } }),
  ]);
  return {
    ...deviceRow(device, jobs.get(device.id)),
    serialNumber: device.serialNumber,
    timeZone: device.timeZone,
    placeSource: device.placeSource as DeviceView["placeSource"],
    powerClass: device.powerClass as DeviceView["powerClass"],
    registeredAt: instant(device.registeredAt),
    createdAt: device.createdAt.toISOString(),
    groups: members.map(({ group }) => ({ id: group.id, name: group.name })),
    registration: registration && {
      id: registration.id,
      address: security.peers.shown(registration.address),
      isSecure: registration.authenticated,
      lwm2mVersion: registration.version,
      lifetimeSeconds: registration.lifetimeSeconds,
      binding: registration.binding,
      expiresAt: instant(registration.expiresAt),
    },
  };
}

export function instant(at: Date | null): string | null {
  return at ? at.toISOString() : null;
}
