import type { CampaignState } from "@lamplighter/campaigns/campaign";
import type { Package, Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import { Problem } from "../problem.ts";
import type { PackageView } from "../views.ts";

/** Finds a package a person may see, or says that there is none. */
export async function visiblePackage(
  db: Pick<PrismaClient, "package">,
  scope: Prisma.PackageWhereInput,
  id: string,
): Promise<Package> {
  const found = await db.package.findFirst({ where: { AND: [{ id }, scope] } });
  if (!found) throw new Problem("not-found", "This firmware does not exist, or it was removed. Go back to the list.");
  return found;
}

/** Packages with the campaigns that use them and the lights that run them now. */
export async function packageViews(
  db: PrismaClient,
  devices: Prisma.DeviceWhereInput,
  packages: readonly Package[],
): Promise<PackageView[]> {
  const [campaigns, users] = await Promise.all([
    db.campaign.findMany({
      where: { packageId: { in: packages.map(({ id }) => id) } },
      select: { id: true, name: true, state: true, packageId: true },
      orderBy: { createdAt: "desc" },
    }),
    db.user.findMany({
      where: { id: { in: packages.map(({ createdBy }) => createdBy) } },
      select: { id: true, name: true },
    }),
  ]);
  const names = new Map(users.map(({ id, name }) => [id, name]));
  return Promise.all(
    packages.map(async (found): Promise<PackageView> => {
      const { id, models, version, createdBy, createdAt } = found;
      const fits = models.length === 0 ? {} : { model: { in: models } };
      return {
        id,
        name: found.name,
        kind: found.kind as PackageView["kind"],
        version,
        vendor: found.vendor,
        models,
        hardwareRevisions: found.hardwareRevisions,
        fileName: found.fileName,
        format: found.format as PackageView["format"],
        headerVersion: found.headerVersion,
        notes: found.notes,
        state: found.state,
        sha256: found.sha256,
        bytes: found.bytes,
        createdBy: names.get(createdBy) ?? createdBy,
        createdAt: createdAt.toISOString(),
        campaigns: campaigns
          .filter(({ packageId }) => packageId === id)
          .map((campaign) => ({ id: campaign.id, name: campaign.name, state: campaign.state as CampaignState })),
        lights: await db.device.count({ where: { AND: [devices, runs(found), fits] } }),
      };
    }),
  );
}

/** Lights that say they have it. Software is told apart by its version alone: its name on a light is the light's own. */
function runs({ kind, version }: Package): Prisma.DeviceWhereInput {
  if (kind === "firmware") return { firmwareVersion: version };
  const value = { equals: { type: "string", value: version } };
  return { values: { some: { path: { startsWith: "/9/", endsWith: "/1" }, value } } };
}

export async function packageView(
  db: PrismaClient,
  devices: Prisma.DeviceWhereInput,
  found: Package,
): Promise<PackageView> {
  const [view] = await packageViews(db, devices, [found]);
  if (!view) throw new Problem("not-found", "This firmware does not exist any more.");
  return view;
}
