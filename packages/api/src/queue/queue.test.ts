import type { Delivery } from "@lamplighter/lwm2m/queue/device-queue";
import { plainContent } from "@lamplighter/lwm2m/queue/plain-content";
import type { RequestQueue } from "@lamplighter/lwm2m/queue/request-queue";
import type { Registration } from "@lamplighter/lwm2m/registration";
import { requestQueue } from "@lamplighter/lwm2m/testing/request-queue";
import { milliseconds, minutes } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { InventoryWriter } from "../inventory/writer.ts";
import { queueListener } from "./listener.ts";

const deviceId = "light-1";
const endpoint = "urn:dev:light-1";
const level = { type: "integer", value: "40" } as const;

let world: World;
let writer: InventoryWriter;
let queue: RequestQueue;
let isAwake: boolean;
let delivery: Delivery;
let delivered: string[];

beforeAll(async () => {
  const registration = { endpoint, queueMode: true, objects: [] } as unknown as Registration;
  world = await openWorld({
    find: () => registration,
    isAwake: () => isAwake,
    wakefulness: () => ({ heardAt: 0, ...(isAwake && { awakeUntil: 93_000 }) }),
    read: async () => ({ kind: "error", code: "4.04", message: "" }),
  });
  await world.services.db.user.create({ data: { id: "user-1", name: "Ada", email: "ada@example.org" } });
});
afterAll(() => world[Symbol.asyncDispose]());

beforeEach(async () => {
  isAwake = false;
  delivered = [];
  delivery = { kind: "answered", result: { code: "ok", message: "" } };
  const { db, clock, newId, live } = world.services;
  await world.database.pool.query('TRUNCATE "Device", "Event" CASCADE');
  await world.addLights([{ queueMode: true }]);
  writer = new InventoryWriter({ db, clock, log: silentLog, newId, live });
  const hear = queueListener(writer);
  queue = requestQueue({
    clock,
    listening: () => (isAwake ? "awake" : "asleep"),
    deliver: async ({ operation }) => {
      delivered.push(operation.path);
      return delivery;
    },
    onChanged: (name, ended) => hear({ kind: "queue", endpoint: name, ...(ended && { ended }) }),
  });
  await queue.start();
  Object.assign(world.services.lights, { queue });
});
afterEach(() => writer.stop());

const listed = () => world.admin.queue.list({ deviceId });
const write = () =>
  world.admin.operation.write({ deviceId, path: "/3416/0/1", value: level, whenAsleep: "queue", expiresInHours: 2 });
async function wake() {
  isAwake = true;
  queue.look(endpoint);
  await expect.poll(() => queue.waiting(endpoint)).toBe(0);
  await writer.flush();
}

test("a write to a sleeping light waits, is listed with who asked, and is in the timeline when it was delivered", async () => {
  expect(await write()).toMatchObject({ kind: "queued" });
  expect(await listed()).toMatchObject({
    state: "sleeping",
    queueMode: true,
    awakeUntil: null,
    lastAwakeAt: new Date(0).toISOString(),
    waiting: 1,
    requests: [{ verb: "Write", path: "/3416/0/1", content: "40", state: "waiting", askedBy: "Ada", result: null }],
  });
  const [request] = (await listed()).requests;
  expect(Date.parse(request?.expiresAt ?? "") - Date.parse(request?.askedAt ?? "")).toBe(2 * 3_600_000);
  await wake();
  expect(delivered).toEqual(["/3416/0/1"]);
  expect((await listed()).requests).toMatchObject([{ state: "delivered", result: { code: "ok" } }]);
  const { items } = await world.admin.device.timeline({ id: deviceId });
  expect(items.map(({ kind }) => kind)).toEqual(["queue.delivered", "queue.asked"]);
  expect(items[0]?.message).toBe("Write /3416/0/1 (40) on urn:dev:light-1: delivered when it woke.");
  const reading = await world.services.db.resourceReading.findFirst({ where: { deviceId, path: "/3416/0/1" } });
  expect(reading).toMatchObject({ source: "write", value: level });
});

test("without being told to queue, and on a light that is awake, it is asked at once", async () => {
  expect(await world.admin.operation.read({ deviceId, path: "/3/0" })).toMatchObject({ kind: "failed", code: "4.04" });
  isAwake = true;
  expect(await world.admin.operation.read({ deviceId, path: "/3/0", whenAsleep: "queue" })).toMatchObject({
    kind: "failed",
  });
  expect((await listed()).waiting).toBe(0);
});

test("every operation can wait", async () => {
  const later = { deviceId, whenAsleep: "queue" } as const;
  const { operation } = world.admin;
  await operation.read({ ...later, path: "/3/0" });
  await operation.discover({ ...later, path: "/3" });
  await operation.observe({ ...later, path: "/3/0/9" });
  await operation.cancelObservation({ ...later, path: "/3/0/9" });
  await operation.execute({ ...later, path: "/3/0/4", arguments: "0" });
  await operation.delete({ ...later, path: "/9/1" });
  await operation.writeAttributes({ ...later, path: "/3/0/9", attributes: { pmin: "5", gt: null } });
  await operation.readComposite({ ...later, paths: ["/3/0/9", "/3416/0"] });
  await operation.observeComposite({ ...later, paths: ["/3/0/9", "/4/0/2"] });
  const zone = { path: "/3/0/14", value: { type: "string", value: "+02:00" } } as const;
  await operation.writeComposite({ ...later, writes: [{ path: "/3416/0/1", value: level }, zone] });
  await operation.create({ ...later, object: 9, values: [{ resource: 1, value: { type: "string", value: "x" } }] });
  expect((await listed()).requests.map(({ verb, path, content }) => `${verb} ${path} ${content}`.trim())).toEqual([
    "Read /3/0",
    "Discover /3",
    "Observe /3/0/9",
    "Cancel Observation /3/0/9",
    "Execute /3/0/4 0",
    "Delete /9/1",
    "Write-Attributes /3/0/9 pmin=5 gt unset",
    "Read-Composite /3/0/9 /3416/0",
    "Observe-Composite /3/0/9 /4/0/2",
    "Write-Composite /3416/0/1 /3/0/14 40; +02:00",
    "Create /9 1: x",
  ]);
  await wake();
  const written = await world.services.db.resourceReading.findMany({ where: { deviceId }, orderBy: { path: "asc" } });
  expect(written.map(({ path, value }) => [path, value])).toEqual([
    ["/3/0/14", zone.value],
    ["/3416/0/1", level],
  ]);
});

test("a request is taken back by who may, and only while it waits", async () => {
  await write();
  const [request] = (await listed()).requests;
  const take = { deviceId, requestId: request?.id ?? "" };
  await expect(world.as("viewer").queue.cancel(take)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await world.as("operator").queue.cancel(take);
  await expect(world.admin.queue.cancel(take)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await wake();
  expect(delivered).toEqual([]);
  const { items } = await world.admin.device.timeline({ id: deviceId });
  expect(items.map(({ kind }) => kind)).toEqual(["queue.cancelled", "queue.asked"]);
});

test("what fails and what expires is told in the timeline", async () => {
  delivery = { kind: "refused", result: { code: "invalid", message: "It is read-only." } };
  await write();
  await wake();
  isAwake = false;
  await write();
  world.clock.advance(minutes(121));
  await expect.poll(() => queue.waiting(endpoint)).toBe(0);
  await writer.flush();
  const { items } = await world.admin.device.timeline({ id: deviceId });
  expect(items.map(({ kind }) => kind).filter((kind) => kind !== "queue.asked")).toEqual([
    "queue.expired",
    "queue.failed",
  ]);
});

test.each([
  ["an hour", 1],
  ["a day", 24],
  ["a week", 168],
  ["as long as may be", 2_160],
])("a request may be kept for %s", async (_, expiresInHours) => {
  await world.admin.operation.read({ deviceId, path: "/3/0", whenAsleep: "queue", expiresInHours });
  const [request] = (await listed()).requests;
  expect(Date.parse(request?.expiresAt ?? "") - Date.parse(request?.askedAt ?? "")).toBe(expiresInHours * 3_600_000);
});

test.each([0, -1, 1.5, 2_161, Number.POSITIVE_INFINITY])("nothing is kept for %d hours", async (expiresInHours) => {
  await expect(
    world.admin.operation.read({ deviceId, path: "/3/0", whenAsleep: "queue", expiresInHours }),
  ).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("what is as large as a package does not wait, and the refusal says what does", async () => {
  const value = { type: "opaque", value: Buffer.alloc(66_000).toString("base64") } as const;
  await expect(
    world.admin.operation.write({ deviceId, path: "/9/0/2", value, whenAsleep: "queue" }),
  ).rejects.toMatchObject({ message: expect.stringMatching(/may have 65536\. Packages are brought by a campaign/) });
});

test("a change of the firmware object among others cannot wait either", async () => {
  const writes = [
    { path: "/3416/0/1", value: level },
    { path: "/5/0/1", value: { type: "string", value: "" } as const },
  ];
  await expect(world.admin.operation.writeComposite({ deviceId, writes, whenAsleep: "queue" })).rejects.toMatchObject({
    message: expect.stringContaining("cannot wait"),
  });
});

test("what may hold a key is not kept for a light that sleeps, while the address in the same object may be looked at", async () => {
  const value = { type: "opaque", value: "c2VjcmV0" } as const;
  const queued = { deviceId, whenAsleep: "queue" } as const;
  await expect(world.admin.operation.write({ ...queued, path: "/0/1/5", value })).rejects.toThrow("is not kept");
  const writes = [
    { path: "/3416/0/1", value: level },
    { path: "/21/0/3", value },
  ];
  await expect(world.admin.operation.writeComposite({ ...queued, writes })).rejects.toThrow("is not kept");
  expect(queue.waiting(endpoint)).toBe(0);
  expect(await world.admin.operation.read({ ...queued, path: "/0/1/0" })).toMatchObject({ kind: "queued" });
});

test("a change of the firmware object cannot wait, a look at it can", async () => {
  const value = { type: "string", value: "" } as const;
  await expect(
    world.admin.operation.write({ deviceId, path: "/5/0/1", value, whenAsleep: "queue" }),
  ).rejects.toMatchObject({ message: expect.stringContaining("cannot wait") });
  expect(await world.admin.operation.read({ deviceId, path: "/5/0", whenAsleep: "queue" })).toMatchObject({
    kind: "queued",
  });
});

test("a full queue refuses with a sentence", async () => {
  for (let request = 0; request < 32; request++) await write();
  await expect(write()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS", message: /32 requests wait/ });
});

test("tabs are told that a queue moved", async () => {
  const left = new AbortController();
  const events = world.services.live.follow(
    { topics: [], deviceId },
    { lastEventId: undefined, signal: left.signal, hasRoom: () => true },
  );
  await events.next();
  await write();
  await writer.flush();
  world.clock.advance(milliseconds(250));
  expect((await events.next()).value?.event).toMatchObject({ kind: "devices-changed", deviceIds: [deviceId] });
  left.abort();
});

test("a light that is removed takes its queue along", async () => {
  await write();
  await world.admin.device.remove({ ids: [deviceId] });
  expect(queue.list(endpoint)).toEqual([]);
});

test("a key that waits since keys could shows in no list, no timeline and no last known value", async () => {
  const ask = (path: string, content: ReturnType<typeof plainContent>) =>
    queue.ask(endpoint, { kind: "write", path, content }, { by: "user-1" });
  await ask("/0/0/5", plainContent({ type: "opaque", value: Buffer.from("c2VjcmV0", "base64") }));
  await ask("/23/0/4", plainContent({ type: "string", value: "s3cret" }));
  const before = await listed();
  await wake();
  const { items } = await world.admin.device.timeline({ id: deviceId });
  const readings = await world.services.db.resourceReading.findMany({ where: { deviceId } });
  expect(before.requests.map(({ content }) => content)).toEqual(["(not shown)", "(not shown)"]);
  expect(readings).toHaveLength(2);
  for (const each of [before, items, readings]) expect(JSON.stringify(each)).not.toMatch(/c2VjcmV0|s3cret/);
});
