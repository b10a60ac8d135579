import { single } from "@lamplighter/lwm2m/node";
import type { Registration } from "@lamplighter/lwm2m/registration";
import { boolean, integer, type ResourceValue, text } from "@lamplighter/lwm2m/value";
import { minutes } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { engineListener } from "./engine-listener.ts";
import { desiredFor, Interviewer, interviewsAtOnceMax, questionsFor } from "./interview.ts";
import { markGone, markSleeping } from "./reconcile.ts";
import { InventoryWriter } from "./writer.ts";

let world: World;
let writer: InventoryWriter;
let hear: ReturnType<typeof engineListener>;
let interviewed: string[];
beforeEach(async () => {
  world = await openWorld();
  const { db, clock, newId, live, enrolment } = world.services;
  writer = new InventoryWriter({ db, clock, log: silentLog, newId, live });
  interviewed = [];
  hear = engineListener({ writer, clock, enrolment, interview: ({ endpoint }) => void interviewed.push(endpoint) });
});
afterEach(() => world[Symbol.asyncDispose]());

const registration = (endpoint: string, change: Partial<Registration> = {}) =>
  ({
    endpoint,
    address: "192.0.2.1:5683",
    lifetimeSeconds: 300,
    queueMode: false,
    pending: false,
    objects: [],
    registeredAt: world.clock.now().getTime(),
    lastSeenAt: world.clock.now().getTime(),
    ...change,
  }) as unknown as Registration;

function tell(endpoint: string, path: string, value: ResourceValue, source: "read" | "notify" = "read") {
  const resource = Number(path.split("/")[3]);
  hear({ kind: "value", endpoint, path, node: single(resource, value), source, at: world.clock.now().getTime() });
}
const device = async (endpoint: string) => (await world.admin.device.list({ query: { text: endpoint } })).items[0];

test("a new light appears with what it says of itself, and its first version is remembered", async () => {
  hear({ kind: "registered", registration: registration("a"), replaced: false });
  tell("a", "/3/0/1", text("L1"));
  tell("a", "/3/0/3", text("1.0.0"));
  tell("a", "/3416/0/3", integer(40), "notify");
  tell("a", "/3416/0/5", boolean(true), "notify");
  await writer.flush();
  const row = await device("a");
  expect(row).toMatchObject({
    presence: "online",
    model: "L1",
    firmwareVersion: "1.0.0",
    lampLevel: 40,
    lampFailure: true,
  });
  expect(interviewed).toEqual(["a"]);
  tell("a", "/3/0/3", text("1.1.0"));
  await writer.flush();
  const history = await world.admin.device.firmwareHistory({ id: row?.id ?? "" });
  expect(history.map(({ version }) => version).sort()).toEqual(["1.0.0", "1.1.0"]);
  const kinds = (await world.admin.device.timeline({ id: row?.id ?? "" })).items.map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(["device.firmware", "device.registered"]);
});

test("what a light tells of yesterday is not taken for what it is today, nor a clock that runs ahead believed", async () => {
  const now = world.clock.now().getTime();
  const told = (value: string, at: number) =>
    hear({ kind: "value", endpoint: "a", path: "/3/0/3", node: single(3, text(value)), source: "notify", at });
  hear({ kind: "registered", registration: registration("a"), replaced: false });
  told("2.0.0", now);
  await writer.flush();
  told("0.0.1", now - 86_400_000);
  await writer.flush();
  const row = await device("a");
  expect(row).toMatchObject({ firmwareVersion: "2.0.0", lastSeenAt: world.clock.now().toISOString() });
  // In one batch too, and whichever comes first.
  told("2.1.0", now);
  told("1.0.0", now - 1_000);
  await writer.flush();
  expect((await device("a"))?.firmwareVersion).toBe("2.1.0");
  const history = await world.admin.device.firmwareHistory({ id: row?.id ?? "" });
  expect(history.map(({ version }) => version).sort()).toEqual(["2.0.0", "2.1.0"]);
});

test("a position of a person or a table is not overwritten by the light's own", async () => {
  await world.admin.device.import({ csv: "endpoint,latitude,longitude\na,1,2", dryRun: false });
  hear({ kind: "registered", registration: registration("a"), replaced: false });
  tell("a", "/6/0/0", { type: "float", value: 48 });
  tell("a", "/6/0/1", { type: "float", value: 16 });
  tell("b", "/6/0/0", { type: "float", value: 48 });
  hear({ kind: "registered", registration: registration("b"), replaced: false });
  tell("b", "/6/0/1", { type: "float", value: 16 });
  await writer.flush();
  expect(await device("a")).toMatchObject({ latitude: 1, longitude: 2, presence: "online" });
  expect(await device("b")).toMatchObject({ latitude: 48, longitude: 16 });
});

test("a light that was removed stays removed, whatever still arrives of it", async () => {
  hear({ kind: "registered", registration: registration("a"), replaced: false });
  await writer.flush();
  await world.admin.device.remove({ ids: [(await device("a"))?.id ?? ""] });
  tell("a", "/3416/0/3", integer(40), "notify");
  hear({ kind: "deregistered", registration: registration("a") });
  await writer.flush();
  expect(await device("a")).toBeUndefined();
});

test("a pending light is listed and not asked anything; a refused one is told of once in ten minutes", async () => {
  hear({ kind: "registered", registration: registration("p", { pending: true }), replaced: false });
  const refusal = { kind: "refused", endpoint: "x", address: "192.0.2.9:1", code: "4.03", why: "closed" } as const;
  for (let attempt = 0; attempt < 5; attempt++) hear(refusal);
  await writer.flush();
  expect((await device("p"))?.presence).toBe("pending");
  expect(interviewed).toEqual([]);
  world.clock.advance(minutes(11));
  hear(refusal);
  await writer.flush();
  expect((await world.admin.event.list({ kind: "device.refused" })).total).toBe(2);
});

test("values that no database or screen could hold do no harm", async () => {
  hear({ kind: "registered", registration: registration("a"), replaced: false });
  tell("a", "/3/0/1", text("L\0 1"));
  tell("a", "/3/0/0", text("\\u0000 and \0"));
  tell("a", "/3416/0/3", integer(10n ** 15n));
  tell("a", "/6/0/0", { type: "float", value: 1e9 });
  await writer.flush();
  expect(await device("a")).toMatchObject({ model: "L 1", lampLevel: null, latitude: null });
});

test("when the database is away nothing is lost, and the newest wins", async () => {
  hear({ kind: "registered", registration: registration("a"), replaced: false });
  const { db } = world.services;
  await db.$executeRaw`ALTER TABLE "Device" RENAME TO "Away"`;
  tell("a", "/3416/0/3", integer(10), "notify");
  const first = writer.flush();
  await new Promise(setImmediate);
  tell("a", "/3416/0/3", integer(20), "notify");
  await db.$executeRaw`ALTER TABLE "Away" RENAME TO "Device"`;
  await first;
  await writer.flush();
  expect(await device("a")).toMatchObject({ presence: "online", lampLevel: 20 });
});

test("a light that makes up places without end fills no memory: what waits is bounded, what is known goes on", async () => {
  const { db, clock, newId, live } = world.services;
  writer = new InventoryWriter({ db, clock, log: silentLog, newId, live, readingsWaitingMax: 3 });
  const reading = (path: string, value: string) =>
    writer.reading({ endpoint: "a", path, value: { type: "string", value }, source: "notify", at: clock.now() });
  writer.patch("a", { presence: "online" }, true);
  for (const path of ["/3/0/0", "/3/0/1", "/3/0/2", "/3/0/3", "/3/0/4"]) reading(path, "old");
  reading("/3/0/1", "new");
  await writer.flush();
  const stored = await db.resourceReading.findMany({ orderBy: { path: "asc" } });
  expect(stored.map(({ path, value }) => [path, (value as { value: string }).value])).toEqual([
    ["/3/0/0", "old"],
    ["/3/0/1", "new"],
    ["/3/0/2", "old"],
  ]);
  expect(writer.readingsDropped).toBe(2);
  reading("/3/0/3", "later");
  await writer.flush();
  expect(await db.resourceReading.count()).toBe(4);
});

test("a light that makes up places fills no table either: at the bound the places that it has go on, and no other light minds", async () => {
  const { db, clock, newId, live } = world.services;
  writer = new InventoryWriter({ db, clock, log: silentLog, newId, live, placesPerLightMax: 3 });
  const told = async (endpoint: string, paths: readonly string[], value: string) => {
    writer.patch(endpoint, { presence: "online" }, true);
    for (const path of paths) {
      writer.reading({ endpoint, path, value: { type: "string", value }, source: "notify", at: clock.now() });
    }
    await writer.flush();
    const rows = await db.resourceReading.findMany({ where: { device: { endpoint } }, orderBy: { path: "asc" } });
    return rows.map((row) => `${row.path} ${(row.value as { value: string }).value}`);
  };
  await told("a", ["/3/0/0", "/3/0/1"], "one");
  expect(await told("a", ["/3/0/1", "/3/0/2"], "two")).toEqual(["/3/0/0 one", "/3/0/1 two", "/3/0/2 two"]);
  expect(await told("a", ["/3/0/0", "/3/0/3", "/3/0/4"], "new")).toEqual(["/3/0/0 new", "/3/0/1 two", "/3/0/2 two"]);
  expect(await told("b", ["/3/0/3"], "one")).toEqual(["/3/0/3 one"]);
});

test("who is gone after a restart counts as offline, and who sleeps as sleeping", async () => {
  hear({ kind: "registered", registration: registration("a", { queueMode: true }), replaced: false });
  await writer.flush();
  world.clock.advance(minutes(2));
  expect(await markSleeping(world.services)).toHaveLength(1);
  expect((await device("a"))?.presence).toBe("sleeping");
  await markGone(world.services.db);
  expect((await device("a"))?.presence).toBe("offline");
});

test("lights are asked only for what they have, and not all at once", async () => {
  const objects = [3, 5, 3416].map((object) => ({ object, instances: [1, 0] }));
  expect(questionsFor(registration("a", { objects }))).toEqual(["/3/0", "/3416/0"]);
  expect(desiredFor(registration("a", { objects: objects.slice(0, 2) }))).toEqual(["/5/0/3", "/5/0/5"]);
  let atOnce = 0;
  let most = 0;
  const answers: (() => void)[] = [];
  const interviewer = new Interviewer({
    log: silentLog,
    server: {
      find: (endpoint) => registration(endpoint, { objects: objects.slice(0, 1) }),
      read: () => {
        most = Math.max(most, ++atOnce);
        return new Promise((resolve) => {
          answers.push(() => {
            atOnce--;
            resolve({ kind: "timed-out" });
          });
        });
      },
      setDesiredObservations: () => {},
    },
  });
  for (let light = 0; light < 40; light++) interviewer.ask(`light-${light}`);
  let asked = 0;
  for (; answers.length > 0; asked++) {
    answers.shift()?.();
    await new Promise(setImmediate);
  }
  expect([asked, most]).toEqual([40, interviewsAtOnceMax]);
});

test("half a character or a NUL in what a light says keeps no other light from being written", async () => {
  hear({ kind: "registered", registration: registration("good"), replaced: false });
  hear({ kind: "registered", registration: registration("odd"), replaced: false });
  const why = `LwM2M ${"x".repeat(15)}\ud83d\0 is not a version we speak.`;
  hear({ kind: "refused", endpoint: "odd", address: "192.0.2.9:5683", code: "4.12", why });
  tell("odd", "/3/0/1", text("L\ud83d\0"));
  tell("good", "/3/0/1", text("L1"));
  await writer.flush();
  expect(await device("good")).toMatchObject({ model: "L1" });
  expect(await device("odd")).toMatchObject({ model: expect.stringMatching(/^L\ufffd/) });
});

test("a light whose words the database refuses costs only itself", async () => {
  hear({ kind: "registered", registration: registration("good"), replaced: false });
  writer.patch("odd", { latitude: 500, longitude: 500 }, true);
  await writer.flush();
  expect(await device("good")).toBeDefined();
  expect(await device("odd")).toBeUndefined();
  expect(writer.lightsRefused).toBe(1);
});
