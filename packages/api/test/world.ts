import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaCampaignStore } from "@lamplighter/db/prisma-campaign-store";
import { openTestDatabase, type TestDatabase } from "@lamplighter/db/testing";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import type { Registration } from "@lamplighter/lwm2m/registration";
import { TraceRecorder } from "@lamplighter/lwm2m/trace/trace-recorder";
import { silentLog } from "@lamplighter/runtime/log";
import { SealedBox } from "@lamplighter/runtime/sealed-box";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import type { CampaignControl } from "../src/campaign/control.ts";
import { jobViews } from "../src/campaign/job-view.ts";
import { liveCampaigns } from "../src/campaign/view.ts";
import type { Actor, Services } from "../src/context.ts";
import { fileBlobs } from "../src/firmware/blobs.ts";
import { enrolmentGate } from "../src/inventory/enrolment-gate.ts";
import { LiveFeed } from "../src/live/feed.ts";
import { watchedStore } from "../src/live/watched-store.ts";
import type { Lights } from "../src/operation/lights.ts";
import { createCallerFactory } from "../src/procedure.ts";
import { appRouter } from "../src/router.ts";
import { SecurityLog } from "../src/security/security-log.ts";
import { SecurityStore } from "../src/security/security-store.ts";
import type { SecurePeer } from "../src/security/services.ts";

const createCaller = createCallerFactory(appRouter);

/** The API on a real database, with lights and an orchestrator that do what the test says. */
export interface World extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly services: Services;
  readonly clock: FakeClock;
  /** Where the bytes of firmware are kept. */
  readonly blobsFolder: string;
  /** Calls procedures as somebody with this role, or as nobody. */
  as(role: string | undefined, other?: Services): ReturnType<typeof createCaller>;
  readonly admin: ReturnType<typeof createCaller>;
  /** What the lights were asked, e.g. `write light-1 /3416/0/1`. */
  readonly asked: string[];
  /** What the orchestrator was told, e.g. `start <id>`. */
  readonly told: string[];
  /** What hears the datagrams of lights now. */
  readonly taps: { current: Parameters<ConstructorParameters<typeof TraceRecorder>[0]["tap"]>[0] };
  readonly registrations: Map<string, Registration>;
  /** Who is connected by DTLS, by endpoint. */
  readonly peers: Map<string, SecurePeer>;
  addLights(
    lights: readonly Partial<Parameters<TestDatabase["prisma"]["device"]["create"]>[0]["data"]>[],
  ): Promise<void>;
}

export async function openWorld(lights: Partial<Lights> = {}): Promise<World> {
  const database = await openTestDatabase();
  const { prisma: db } = database;
  const folder = mkdtempSync(join(tmpdir(), "lamplighter-api-"));
  const clock = new FakeClock();
  const asked: string[] = [];
  const told: string[] = [];
  const taps: World["taps"] = { current: undefined };
  const registrations = new Map<string, Registration>();
  let ids = 0;
  const newId = () => `id-${String(++ids).padStart(6, "0")}`;
  const live = new LiveFeed({
    clock,
    log: silentLog,
    epoch: "test",
    views: { campaigns: (ids) => liveCampaigns(db, ids), jobs: (ids) => jobViews(db, ids) },
  });
  const trace = new TraceRecorder({
    clock,
    tap: (tap) => {
      taps.current = tap;
    },
    addressOf: (endpoint) => registrations.get(endpoint)?.address,
    observedUnder: () => undefined,
  });
  const peers = new Map<string, SecurePeer>();
  const events = new SecurityLog({ db, clock, log: silentLog });
  const store = new SecurityStore({
    ...{ db, clock, log: silentLog, newId, randomBytes, events },
    box: new SealedBox({ key: randomBytes(32), randomBytes }),
    usualRule: "everybody",
    onRetired: ({ purpose, identity }) => void told.push(`forget ${purpose} ${identity}`),
    onSecured: (endpoint, purpose) => void told.push(`secured ${endpoint} ${purpose}`),
    onUnsecured: (endpoint, purpose) => void told.push(`unsecured ${endpoint} ${purpose}`),
  });
  const services: Services = {
    db,
    clock,
    log: silentLog,
    newId,
    lights: { ...silentLights(asked, registrations), ...lights },
    models: knownObjects(),
    campaigns: obedient(told),
    software: {
      begin: async () => ({ kind: "too-many" }),
      install: () => false,
      cancel: () => "over",
      cancelAll: () => 0,
    },
    campaignStore: watchedStore(new PrismaCampaignStore(database), live),
    live,
    trace,
    blobs: await fileBlobs(folder),
    enrolment: enrolmentGate("open", []),
    security: {
      store,
      events,
      peers: {
        get connections() {
          return peers.size;
        },
        peerOf: (endpoint) => peers.get(endpoint),
        disconnect: (endpoint) => peers.delete(endpoint),
        shown: (address) => address.replace(/^dtls:.*/, "192.0.2.7:5684"),
      },
      endClear: () => {
        told.push("end clear");
        return 0;
      },
    },
    facts: {
      demo: false,
      firmwareBytesMax: 1024 * 1024,
      coapUri: "coap://192.0.2.1:5683",
      bootstrapUri: "coap://192.0.2.1:5783",
      coapsUri: "coaps://192.0.2.1:5684",
      publicKey: "MFkwEw==",
      trustsAuthorities: false,
      bootstrapCoapsUri: "coaps://192.0.2.1:5784",
    },
    endDemo: async () => void told.push("end demo"),
  };
  const as = (role: string | undefined, other = services) => {
    const actor: Actor | undefined =
      role === undefined ? undefined : { id: "user-1", name: "Ada", email: "ada@example.org", role };
    return createCaller({ ...other, currentActor: async () => actor, connection: undefined });
  };
  return {
    database,
    services,
    clock,
    blobsFolder: folder,
    asked,
    told,
    taps,
    registrations,
    peers,
    as,
    admin: as("administrator"),
    async addLights(lights) {
      await db.device.createMany({
        data: lights.map((light, at) => ({
          id: `light-${at + 1}`,
          endpoint: `urn:dev:light-${at + 1}`,
          presence: "online",
          ...light,
        })) as never,
      });
    },
    async [Symbol.asyncDispose]() {
      await store.stop();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function silentLights(asked: string[], registrations: Map<string, Registration>): Lights {
  const note =
    (verb: string) =>
    async (endpoint: string, path: unknown): Promise<{ kind: "timed-out" }> => {
      asked.push(`${verb} ${endpoint} ${path}`);
      return { kind: "timed-out" };
    };
  return {
    find: (endpoint) => registrations.get(endpoint),
    accept: (endpoint) => void asked.push(`accept ${endpoint}`),
    deregister: (endpoint) => void asked.push(`deregister ${endpoint}`),
    read: note("read"),
    write: note("write"),
    execute: note("execute"),
    discover: note("discover"),
    create: note("create"),
    delete: note("delete"),
    writeAttributes: note("writeAttributes"),
    observe: note("observe"),
    readComposite: note("readComposite"),
    writeComposite: note("writeComposite"),
    observeComposite: note("observeComposite"),
    cancelObservation: note("cancelObservation"),
    observedPaths: () => undefined,
    isAwake: (endpoint) => registrations.has(endpoint),
    wakefulness: () => undefined,
    queue: noQueue,
  };
}

/** The queue of lights that never sleep. */
const noQueue: Lights["queue"] = {
  ask: async () => ({ kind: "refused", reason: "not-queue-mode", why: "It always listens." }),
  cancel: () => "unknown",
  list: () => [],
  waiting: () => 0,
  forget: () => {},
};

function obedient(told: string[]): CampaignControl {
  const done =
    (verb: string) =>
    async (campaignId: string): Promise<{ kind: "done" }> => {
      told.push(`${verb} ${campaignId}`);
      return { kind: "done" };
    };
  return {
    start: done("start"),
    schedule: done("schedule"),
    pause: done("pause"),
    resume: done("resume"),
    cancel: done("cancel"),
    retryFailed: done("retryFailed"),
    promoteWave: done("promoteWave"),
    stopEverything: async () => {
      told.push("stop everything");
      return 0;
    },
    packageRevoked: async (packageId) => void told.push(`revoked ${packageId}`),
  };
}

/** A package row as an upload would have left it. */
export async function addPackage(world: World, change: Record<string, unknown> = {}): Promise<string> {
  const { prisma: db } = world.database;
  await db.blob.upsert({ where: { sha256: "ab" }, create: { sha256: "ab", bytes: 10 }, update: {} });
  const { id } = await db.package.create({
    data: {
      id: world.services.newId(),
      name: "Firmware",
      version: "2.0.0",
      fileName: "a.bin",
      format: "opaque",
      sha256: "ab",
      bytes: 10,
      createdBy: "user-1",
      ...change,
    },
  });
  return id;
}

export const gate = { failedPercentMax: 5, lostMax: 2, succeededPercentMin: 90, manual: false };
