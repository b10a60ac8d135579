import type { Prisma } from "@lamplighter/db/generated/client";
import type { Actor } from "./context.ts";
import type { LiveEvent } from "./views.ts";

/** The part of the world one person sees: conditions that every query adds, and a sieve for live events. */
export interface Scope {
  readonly devices: Prisma.DeviceWhereInput;
  readonly groups: Prisma.DeviceGroupWhereInput;
  readonly packages: Prisma.PackageWhereInput;
  readonly campaigns: Prisma.CampaignWhereInput;
  readonly events: Prisma.EventWhereInput;
  hears(event: LiveEvent): boolean;
}

const everything: Scope = { devices: {}, groups: {}, packages: {}, campaigns: {}, events: {}, hears: () => true };

/**
 * Says what a person may see. Every query and every subscription goes through here and nowhere else, so that narrowing
 * somebody to a district is a change of this function. Today everybody who may look sees all.
 */
export function visibleTo(_actor: Actor): Scope {
  return everything;
}
