import type { Device } from "@lamplighter/db/generated/client";
import type { RegisteredObject } from "@lamplighter/lwm2m/registration";
import type { SignedIn } from "../context.ts";
import { activeJobs, visibleDevice } from "../inventory/device-view.ts";
import { Problem } from "../problem.ts";
import { visibleTo } from "../visible-to.ts";

/** Instances of object 9 that a light announced, now or when it was last registered; undefined when it has no such object. */
export async function softwareInstancesOf(
  { db, lights }: Pick<SignedIn, "db" | "lights">,
  { endpoint }: Pick<Device, "endpoint">,
): Promise<readonly number[] | undefined> {
  const objects = lights.find(endpoint)?.objects ?? (await storedObjects(db, endpoint));
  return objects.find(({ object }) => object === 9)?.instances.toSorted((a, b) => a - b);
}

async function storedObjects(db: SignedIn["db"], endpoint: string): Promise<readonly RegisteredObject[]> {
  const stored = await db.registration.findFirst({ where: { endpoint }, select: { objects: true } });
  return (stored?.objects as unknown as RegisteredObject[] | undefined) ?? [];
}

/** The light whose software is to be changed, and its instances; refused where nothing should touch it now. */
export async function lightForSoftware(ctx: SignedIn, deviceId: string) {
  const device = await visibleDevice(ctx.db, visibleTo(ctx.actor).devices, deviceId);
  if (ctx.lights.find(device.endpoint) === undefined) {
    throw new Problem("not-registered", "The light is not registered now. Wait until it registers, then ask again.");
  }
  const instances = await softwareInstancesOf(ctx, device);
  if (instances === undefined) {
    throw new Problem("wrong-state", "This light has no Software Management object, so it takes no software packages.");
  }
  const job = (await activeJobs(ctx.db, [device.id])).get(device.id);
  if (job) {
    throw new Problem(
      "active-job",
      `Campaign "${job.campaignName}" is updating this light. Wait for it, or cancel the campaign first.`,
    );
  }
  return { device, instances };
}

/** Refuses an instance that the light does not have. */
export function requireInstance(instances: readonly number[], instance: number): void {
  if (instances.includes(instance)) return;
  throw new Problem("not-found", `The light has no software instance /9/${instance}. Reload the page.`);
}
