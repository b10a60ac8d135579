import type { BootstrapConfiguration } from "@lamplighter/lwm2m/bootstrap/configuration";
import {
  type BootstrapRecord,
  type BootstrapStore,
  type ChosenConfiguration,
  recordsMax,
  recordsPerEndpointMax,
} from "@lamplighter/lwm2m/bootstrap/store";
import type { Prisma, PrismaClient, BootstrapRecord as Row } from "./generated/client.ts";

export interface BootstrapStoreOptions {
  readonly db: PrismaClient;
  /** Whether a light is in a group now; a group may be a saved query. */
  readonly isInGroup: (endpoint: string, groupId: string) => Promise<boolean>;
}

/** Finds bootstrap configurations and keeps the history in PostgreSQL. Of several groups of a light, the first by name of its configuration counts. */
export class PrismaBootstrapStore implements BootstrapStore {
  readonly #options: BootstrapStoreOptions;

  constructor(options: BootstrapStoreOptions) {
    this.#options = options;
  }

  async configurationFor(endpoint: string): Promise<ChosenConfiguration | undefined> {
    const { db, isInGroup } = this.#options;
    const rows = await db.bootstrapConfiguration.findMany({
      where: { OR: [{ endpoint }, { targetKind: "group", groupId: { not: null } }, { targetKind: "default" }] },
      orderBy: { name: "asc" },
    });
    const own = rows.find((row) => row.targetKind === "device");
    if (own) return chosenOf(own);
    for (const row of rows) {
      if (row.targetKind === "group" && row.groupId && (await isInGroup(endpoint, row.groupId))) return chosenOf(row);
    }
    const byDefault = rows.find((row) => row.targetKind === "default");
    return byDefault && chosenOf(byDefault);
  }

  async record(record: BootstrapRecord): Promise<void> {
    const { db } = this.#options;
    const { startedAt, endedAt, steps, configurationId, configurationName, ...rest } = record;
    const { seq } = await db.bootstrapRecord.create({
      data: {
        ...rest,
        configurationId: configurationId ?? null,
        configurationName: configurationName ?? null,
        startedAt: new Date(startedAt),
        endedAt: new Date(endedAt),
        steps: steps as unknown as Prisma.InputJsonArray,
      },
      select: { seq: true },
    });
    const oldest = await db.bootstrapRecord.findFirst({
      where: { endpoint: record.endpoint },
      orderBy: { seq: "desc" },
      skip: recordsPerEndpointMax,
      select: { seq: true },
    });
    await db.bootstrapRecord.deleteMany({
      where: {
        OR: [
          ...(oldest ? [{ endpoint: record.endpoint, seq: { lte: oldest.seq } }] : []),
          { seq: { lte: seq - BigInt(recordsMax) } },
        ],
      },
    });
  }
}

/** A row of the history as the engine tells it. */
export function toBootstrapRecord(row: Row): BootstrapRecord {
  return {
    endpoint: row.endpoint,
    address: row.address,
    trigger: row.trigger as BootstrapRecord["trigger"],
    ...(row.configurationId !== null && { configurationId: row.configurationId }),
    ...(row.configurationName !== null && { configurationName: row.configurationName }),
    startedAt: row.startedAt.getTime(),
    endedAt: row.endedAt.getTime(),
    outcome: row.outcome as BootstrapRecord["outcome"],
    steps: row.steps as unknown as BootstrapRecord["steps"],
  };
}

function chosenOf(row: { id: string; name: string; document: Prisma.JsonValue }): ChosenConfiguration {
  // Written by us after it was judged; see the API's bootstrap procedures.
  return { id: row.id, name: row.name, configuration: row.document as unknown as BootstrapConfiguration };
}
