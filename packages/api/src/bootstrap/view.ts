import type { PrismaClient, BootstrapConfiguration as Row } from "@lamplighter/db/generated/client";
import type { BootstrapConfiguration, Credentials, SecurityAccount } from "@lamplighter/lwm2m/bootstrap/configuration";
import type { BootstrapRecord } from "@lamplighter/lwm2m/bootstrap/store";
import { Problem } from "../problem.ts";

/** A security account without its key: a key goes to devices and to nobody else. */
export interface SecurityAccountView extends Omit<SecurityAccount, "credentials"> {
  readonly credentials: { readonly mode: Credentials["mode"] };
}

export interface BootstrapConfigurationView {
  readonly id: string;
  readonly name: string;
  readonly target:
    | { readonly kind: "device"; readonly endpoint: string; readonly deviceId: string | null }
    /** Null: the group was removed, and the configuration is for nobody. */
    | { readonly kind: "group"; readonly groupId: string | null; readonly groupName: string | null }
    | { readonly kind: "default" };
  readonly configuration: Omit<BootstrapConfiguration, "security"> & {
    readonly security: readonly SecurityAccountView[];
  };
  readonly updatedAt: string;
}

/** How one bootstrap went. Times are ISO 8601. */
export interface BootstrapRecordView
  extends Pick<BootstrapRecord, "endpoint" | "address" | "trigger" | "outcome" | "steps"> {
  readonly seq: string;
  /** Null for a name that is not in the inventory. */
  readonly deviceId: string | null;
  readonly configurationId: string | null;
  readonly configurationName: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** Configurations for people, in the order given. */
export async function configurationViews(
  db: PrismaClient,
  rows: readonly Row[],
): Promise<BootstrapConfigurationView[]> {
  const endpoints = rows.flatMap(({ endpoint }) => (endpoint === null ? [] : [endpoint]));
  const groupIds = rows.flatMap(({ groupId }) => (groupId === null ? [] : [groupId]));
  const [devices, groups] = await Promise.all([
    deviceIds(db, endpoints),
    db.deviceGroup.findMany({ where: { id: { in: groupIds } }, select: { id: true, name: true } }),
  ]);
  const groupNames = new Map(groups.map(({ id, name }) => [id, name]));
  return rows.map((row) => {
    const document = row.document as unknown as BootstrapConfiguration;
    return {
      id: row.id,
      name: row.name,
      target:
        row.targetKind === "device"
          ? { kind: "device", endpoint: row.endpoint ?? "", deviceId: devices.get(row.endpoint ?? "") ?? null }
          : row.targetKind === "group"
            ? { kind: "group", groupId: row.groupId, groupName: groupNames.get(row.groupId ?? "") ?? null }
            : { kind: "default" },
      configuration: {
        ...document,
        security: document.security.map((account) => ({ ...account, credentials: { mode: account.credentials.mode } })),
      },
      updatedAt: row.updatedAt.toISOString(),
    };
  });
}

export async function configurationView(db: PrismaClient, id: string): Promise<BootstrapConfigurationView> {
  const [view] = await configurationViews(db, [await foundConfiguration(db, id)]);
  if (!view) throw gone();
  return view;
}

/** Finds a configuration, or says that there is none. */
export async function foundConfiguration(db: Pick<PrismaClient, "bootstrapConfiguration">, id: string): Promise<Row> {
  const row = await db.bootstrapConfiguration.findUnique({ where: { id } });
  if (!row) throw gone();
  return row;
}

/** Ids of the lights with these endpoint names that are in the inventory. */
export async function deviceIds(db: PrismaClient, endpoints: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const devices = await db.device.findMany({
    where: { endpoint: { in: [...new Set(endpoints)] } },
    select: { id: true, endpoint: true },
  });
  return new Map(devices.map(({ id, endpoint }) => [endpoint, id]));
}

function gone(): Problem {
  return new Problem(
    "not-found",
    "This bootstrap configuration does not exist, or it was removed. Go back to the list.",
  );
}
