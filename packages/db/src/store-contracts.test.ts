import { campaignStoreContract } from "@lamplighter/campaigns/campaign-store.contract";
import { softwareStoreContract } from "@lamplighter/campaigns/software/software-store.contract";
import { queuedRequestStoreContract } from "@lamplighter/lwm2m/queue/queued-request-store.contract";
import { registrationStoreContract } from "@lamplighter/lwm2m/registration-store.contract";
import { silentLog } from "@lamplighter/runtime/log";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { afterAll, beforeAll, describe } from "vitest";
import { PrismaCampaignStore } from "./prisma-campaign-store.ts";
import { PrismaQueuedRequestStore } from "./prisma-queued-request-store.ts";
import { PrismaRegistrationStore } from "./prisma-registration-store.ts";
import { PrismaSoftwareStore } from "./prisma-software-store.ts";
import { openTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describe("the registration store in PostgreSQL keeps the contract:", () => {
  registrationStoreContract(async () => {
    await database.pool.query('TRUNCATE "Registration", "Observation"');
    const open = () =>
      new PrismaRegistrationStore({ pool: database.pool, clock: systemClock(), log: silentLog, node: "one" });
    return { store: open(), reopen: open };
  });
});

describe("the store of queued requests in PostgreSQL keeps the contract:", () => {
  queuedRequestStoreContract(async () => {
    await database.pool.query('TRUNCATE "QueuedRequest"');
    const open = () => new PrismaQueuedRequestStore({ db: database.prisma });
    return { store: open(), reopen: open };
  });
});

describe("the store of software tasks in PostgreSQL keeps the contract:", () => {
  softwareStoreContract(async () => {
    const { pool, prisma: db } = database;
    await pool.query('TRUNCATE "Device", "Event" CASCADE');
    const lights = ["light-1", "light-2"].map((id) => ({ id, endpoint: `urn:dev:${id}` }));
    await db.device.createMany({ data: lights });
    const open = () => new PrismaSoftwareStore({ db, node: "one" });
    return { store: open(), reopen: open };
  });
});

describe("the campaign store in PostgreSQL keeps the contract:", () => {
  campaignStoreContract("PostgreSQL", async () => {
    const { pool, prisma } = database;
    await pool.query('TRUNCATE "Campaign", "Device", "Package", "Blob", "Event" CASCADE');
    await prisma.blob.create({ data: { sha256: "00", bytes: 1 } });
    await prisma.package.create({
      data: {
        id: "package",
        name: "Firmware",
        version: "2.0.0",
        fileName: "a.bin",
        format: "opaque",
        sha256: "00",
        bytes: 1,
        createdBy: "me",
      },
    });
    return {
      store: new PrismaCampaignStore({ pool }),
      packageId: "package",
      addDevices: async (devices) => {
        await prisma.device.createMany({ data: [...devices], skipDuplicates: true });
      },
      [Symbol.asyncDispose]: async () => {},
    };
  });
});
