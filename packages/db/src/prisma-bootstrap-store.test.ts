import { bootstrapStoreContract } from "@lamplighter/lwm2m/bootstrap/store.contract";
import { recordOf } from "@lamplighter/lwm2m/testing/bootstrap";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Prisma } from "./generated/client.ts";
import { PrismaBootstrapStore, toBootstrapRecord } from "./prisma-bootstrap-store.ts";
import { openTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function create() {
  const { prisma: db, pool } = database;
  await pool.query('TRUNCATE "BootstrapConfiguration", "BootstrapRecord", "DeviceGroup" CASCADE');
  const members = new Map<string, readonly string[]>();
  const store = new PrismaBootstrapStore({
    db,
    isInGroup: async (endpoint, groupId) => members.get(groupId)?.includes(endpoint) ?? false,
  });
  return {
    db,
    store,
    configure: async (
      target: { kind: string; endpoint?: string; members?: readonly string[] },
      name: string,
      configuration: object,
    ) => {
      const groupId = target.kind === "group" ? `group of ${name}` : null;
      if (groupId) {
        members.set(groupId, target.members ?? []);
        await db.deviceGroup.create({ data: { id: groupId, name: groupId, kind: "static", createdBy: "me" } });
      }
      await db.bootstrapConfiguration.create({
        data: {
          ...{ id: name, name, targetKind: target.kind, groupId, endpoint: target.endpoint ?? null, createdBy: "me" },
          document: configuration as Prisma.InputJsonObject,
        },
      });
    },
    recordsOf: async (endpoint: string) =>
      (await db.bootstrapRecord.findMany({ where: { endpoint }, orderBy: { seq: "asc" } })).map(toBootstrapRecord),
  };
}

describe("the bootstrap store in PostgreSQL keeps the contract:", () => {
  bootstrapStoreContract(create);
});

test("there is one default configuration, and a group that was removed leaves its configuration to nobody", async () => {
  const { db, store, configure } = await create();
  await configure({ kind: "default" }, "everybody", {});
  await expect(configure({ kind: "default" }, "another", {})).rejects.toThrow();
  await configure({ kind: "group", members: ["light-1"] }, "harbour", {});
  expect((await store.configurationFor("light-1"))?.name).toBe("harbour");
  await db.deviceGroup.deleteMany();
  expect((await store.configurationFor("light-1"))?.name).toBe("everybody");
});

test("what was recorded without a configuration comes back without one", async () => {
  const { store, recordsOf } = await create();
  const { configurationId: _, configurationName: __, ...record } = recordOf({ outcome: "refused", steps: [] });
  await store.record(record);
  expect(await recordsOf("light-1")).toEqual([record]);
});
