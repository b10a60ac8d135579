import type { Subscriber } from "@lamplighter/coap/endpoint";
import { hours, minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { awakeWindow } from "../device-session.ts";
import { utf8 } from "../testing/bytes.ts";
import { EtsClient } from "../testing/ets-client.ts";
import { TestWorld } from "../testing/world.ts";
import { integer, text } from "../value.ts";
import { MemoryQueuedRequestStore } from "./memory-queued-request-store.ts";
import { plainComposite, plainContent } from "./plain-content.ts";
import type { QueueLimits } from "./queue-limits.ts";
import type { QueuedOperation, QueuedRequest } from "./queued-request.ts";

const address = "192.0.2.7:5683";
const registration = { query: ["lt=86400", "lwm2m=1.1", "b=U", "Q"], objects: "</1/0>,</3/0>,</5/0>" };
const plain = (value: string) => ({ code: 0x45, contentFormat: 0, payload: utf8(value) });
const read = (path: string): QueuedOperation => ({ kind: "read", path });
const reboot: QueuedOperation = { kind: "execute", path: "/3/0/4" };
const ada = { by: "ada" };

/** A device in queue mode that fell asleep, and a server whose queue is stored. */
async function asleep(queueLimits: Partial<QueueLimits> = {}) {
  const queueStore = new MemoryQueuedRequestStore();
  const world = await TestWorld.started({ queueStore, queueLimits });
  const device = world.device(address);
  await device.register(registration);
  await world.pass(seconds(100));
  expect(world.server.isAwake("light-1")).toBe(false);
  return {
    world,
    device,
    queueStore,
    ask: (operation: QueuedOperation, options = {}) =>
      world.settle(world.server.queue.ask("light-1", operation, { ...ada, ...options })),
    states: () => world.server.queue.list("light-1").map(({ state }) => state),
    ended: () => endedIn(world),
  };
}

const endedIn = ({ events }: TestWorld): QueuedRequest[] =>
  events.flatMap((event) => (event.kind === "queue" && event.ended ? [event.ended] : []));

test("what is asked of a sleeping device goes out in order at its Update, one at a time, and its answers are told", async () => {
  const { world, device, ask, ended } = await asleep();
  let underWay = 0;
  let most = 0;
  for (const path of ["GET /3/0/9", "GET /3/0/10", "PUT /1/0/1"]) {
    device.on(path, (request) => {
      most = Math.max(most, ++underWay);
      world.clock.after(seconds(1), () => {
        underWay--;
        request.respond(path.startsWith("GET") ? plain("85") : { code: 0x44 });
      });
      return undefined;
    });
  }
  await ask(read("/3/0/9"));
  await ask({ kind: "write", path: "/1/0/1", content: plainContent(integer(600)) });
  await ask(read("/3/0/77"));
  expect(device.requests).toEqual([]);
  await world.pass(minutes(30));
  expect(device.requests).toEqual([]);
  await device.update();
  await world.pass(seconds(10));
  expect(device.asked()).toEqual(["GET /3/0/9 accept 0", "PUT /1/0/1", expect.stringContaining("GET /3/0/77")]);
  expect(most).toBe(1);
  expect(ended().map(({ state, result }) => [state, result?.code, result?.message])).toEqual([
    ["delivered", "ok", "/3/0/9 = 85"],
    ["delivered", "ok", ""],
    ["delivered", "4.04", expect.any(String)],
  ]);
  expect(world.kinds()).toContain("value");
});

test.each(["Register", "Update", "Send"] as const)("a %s wakes the queue", async (uplink) => {
  const { world, device, ask, ended } = await asleep();
  device.on("GET /3/0/9", plain("85"));
  await ask(read("/3/0/9"));
  if (uplink === "Register") await device.register(registration);
  else if (uplink === "Update") await device.update();
  else await device.send(2, ["dp"], { payload: '[{"n":"/3/0/9","v":80}]', contentFormat: 110 });
  await world.pass(seconds(2));
  expect(ended()).toMatchObject([{ state: "delivered" }]);
});

test("a notification wakes the queue", async () => {
  const { world, device, ask, ended } = await asleep();
  let subscriber: Subscriber | undefined;
  device.on("GET /3/0/9", (request) => {
    subscriber = request.subscriber;
    return { ...plain("85"), observe: 1 };
  });
  await device.update();
  await world.settle(world.server.observe("light-1", "/3/0/9"));
  await world.pass(minutes(5));
  device.on("GET /3/0/10", plain("7"));
  await ask(read("/3/0/10"));
  await world.pass(minutes(5));
  expect(ended()).toEqual([]);
  if (subscriber) device.endpoint.notify(subscriber, plain("84"));
  await world.pass(seconds(2));
  expect(ended()).toMatchObject([{ state: "delivered", result: { message: "/3/0/10 = 7" } }]);
});

test("each uplink starts the awake window again", async () => {
  const { world, device } = await asleep();
  await device.update();
  await world.pass(seconds(80));
  await device.update();
  await world.pass(seconds(80));
  expect(world.server.isAwake("light-1")).toBe(true);
  const { awakeUntil = 0, heardAt = 0 } = world.server.wakefulness("light-1") ?? {};
  expect(awakeUntil - heardAt).toBeCloseTo(awakeWindow);
  await world.pass(seconds(14));
  expect(world.server.wakefulness("light-1")).toEqual({ heardAt });
});

test("a request that waits for too long is told as expired, and never sent", async () => {
  const { world, device, ask, ended } = await asleep();
  await ask(read("/3/0/9"), { expiry: hours(1) });
  await world.pass(minutes(59));
  expect(ended()).toEqual([]);
  await world.pass(minutes(2));
  expect(ended()).toMatchObject([{ state: "expired", askedBy: "ada" }]);
  await device.update();
  await world.pass(seconds(5));
  expect(device.requests).toEqual([]);
});

test("a device that falls asleep in the middle gets the request again when it wakes, and then the ones behind it", async () => {
  const { world, device, ask, states, ended } = await asleep();
  device.on("GET /3/0/9", plain("85")).on("GET /3/0/10", plain("7"));
  await ask(read("/3/0/9"));
  await ask(read("/3/0/10"));
  await device.update();
  world.network.partition(address);
  await world.pass(minutes(10));
  expect(states()).toEqual(["waiting", "waiting"]);
  world.network.heal(address);
  await world.pass(minutes(10));
  expect(states()).toEqual(["waiting", "waiting"]);
  await device.update();
  await world.pass(seconds(5));
  expect(ended().map(({ state, attempts }) => [state, attempts])).toEqual([
    ["delivered", 2],
    ["delivered", 1],
  ]);
});

test("a request that is never answered ends as failed after so many attempts, and the next has its turn", async () => {
  const { world, device, ask, ended } = await asleep({ attemptsMax: 2 });
  device.on("GET /3/0/9", () => undefined).on("GET /3/0/10", plain("7"));
  await ask(read("/3/0/9"));
  await ask(read("/3/0/10"));
  for (let wake = 0; wake < 3; wake++) {
    await device.update();
    world.network.partition(address);
    await world.pass(minutes(10));
    world.network.heal(address);
  }
  await device.update();
  await world.pass(seconds(5));
  expect(ended().map(({ state, attempts }) => [state, attempts])).toContainEqual(["failed", 2]);
  expect(ended().at(-1)).toMatchObject({ state: "delivered", result: { message: "/3/0/10 = 7" } });
});

test("an Execute that was sent and not answered is not repeated: what became of it is uncertain", async () => {
  const { world, device, ask, ended } = await asleep();
  device.on("POST /3/0/4", () => undefined);
  await ask(reboot);
  await device.update();
  await world.pass(minutes(10));
  expect(ended()).toMatchObject([{ state: "uncertain" }]);
  await device.update();
  await world.pass(minutes(1));
  expect(device.asked().filter((asked) => asked.startsWith("POST"))).toHaveLength(1);
});

test("requests outlive the registration, and wait for the device to come back", async () => {
  const { world, device, ask, ended } = await asleep();
  device.on("GET /3/0/9", plain("85"));
  await ask(read("/3/0/9"));
  await device.send(4, device.location);
  expect(world.server.find("light-1")).toBeUndefined();
  await world.pass(hours(2));
  await device.register(registration);
  await world.pass(seconds(5));
  expect(ended()).toMatchObject([{ state: "delivered" }]);
});

test("a restart loses nothing: what waited waits, what ended stays to be seen", async () => {
  const { world, device, ask, states } = await asleep();
  device.on("GET /3/0/9", plain("85"));
  await ask(read("/3/0/9"));
  await device.update();
  await world.pass(seconds(100));
  await ask(read("/3/0/9"));
  await ask(reboot);
  await world.restart({ clean: false });
  expect(states()).toEqual(["waiting", "waiting", "delivered"]);
  device.on("POST /3/0/4", { code: 0x44 });
  await device.update();
  await world.pass(seconds(5));
  expect(states()).toEqual(["delivered", "delivered", "delivered"]);
  expect(device.asked()).toHaveLength(3);
});

test("what was under way when the server was killed: a read is repeated, an Execute is told as uncertain", async () => {
  const { world, device, ask, ended, queueStore } = await asleep();
  device.on("POST /3/0/4", () => undefined).on("GET /3/0/9", plain("85"));
  await ask(reboot);
  await ask(read("/3/0/9"));
  await device.update();
  await world.pass(seconds(1));
  expect((await queueStore.load("default")).map(({ state }) => state)).toEqual(["sent", "waiting"]);
  await world.restart({ clean: false });
  expect(ended()).toMatchObject([{ state: "uncertain", operation: reboot }]);
  await world.pass(seconds(2));
  expect(ended()).toMatchObject([{ state: "uncertain" }, { state: "delivered", operation: read("/3/0/9") }]);
  expect(device.asked().filter((asked) => asked.startsWith("POST"))).toHaveLength(1);
});

test("a read under way when the server was stopped is sent again by the next one", async () => {
  const { world, device, ask, ended } = await asleep();
  device.on("GET /3/0/9", () => undefined);
  await ask(read("/3/0/9"));
  await device.update();
  await world.pass(seconds(1));
  await world.restart();
  device.on("GET /3/0/9", plain("85"));
  await device.update();
  await world.pass(seconds(5));
  expect(ended()).toMatchObject([{ state: "delivered", attempts: 2 }]);
});

test("a request is taken back before it is sent, not after", async () => {
  const { world, device, ask, ended, queueStore } = await asleep();
  device.on("GET /3/0/9", () => undefined);
  await ask(read("/3/0/9"));
  await ask(read("/3/0/10"));
  const [first, second] = world.server.queue.list("light-1");
  await device.update();
  await world.pass(seconds(1));
  expect(world.server.queue.cancel("light-1", first?.id ?? "")).toBe("under-way");
  expect(world.server.queue.cancel("light-1", second?.id ?? "")).toBe("cancelled");
  expect(world.server.queue.cancel("light-1", second?.id ?? "")).toBe("unknown");
  expect(ended()).toMatchObject([{ state: "cancelled" }]);
  expect((await queueStore.load("default")).map(({ state }) => state)).toEqual(["sent", "cancelled"]);
});

test("each limit refuses with its name, and nothing is stored", async () => {
  const { ask, queueStore, world } = await asleep({ entriesPerDeviceMax: 2, entryBytesMax: 100, bytesMax: 90 });
  expect(await ask(read(`/3/0/${"9".repeat(100)}`))).toMatchObject({ reason: "too-large" });
  expect(await ask(read("/3/0/9"))).toMatchObject({ kind: "queued" });
  expect(await ask({ kind: "execute", path: "/3/0/4", arguments: `0='${"a".repeat(30)}'` })).toMatchObject({
    reason: "no-room",
  });
  expect(await ask(read("/3/0/10"))).toMatchObject({ kind: "queued" });
  expect(await ask(read("/3/0/11"))).toMatchObject({ reason: "full" });
  expect(await queueStore.load("default")).toHaveLength(2);
  expect(await world.settle(world.server.queue.ask("nobody", reboot, ada))).toMatchObject({ reason: "not-registered" });
});

test("requests asked for at the same moment do not go round the limit", async () => {
  const { world, states } = await asleep({ entriesPerDeviceMax: 2 });
  const asked = ["/3/0/1", "/3/0/2", "/3/0/3"].map((path) => world.server.queue.ask("light-1", read(path), ada));
  expect((await world.settle(Promise.all(asked))).map(({ kind }) => kind)).toEqual(["queued", "queued", "refused"]);
  expect(states()).toEqual(["waiting", "waiting"]);
});

test("a device without queue mode has no queue", async () => {
  const world = await TestWorld.started();
  await world.device(address).register();
  expect(await world.server.queue.ask("light-1", reboot, ada)).toMatchObject({ reason: "not-queue-mode" });
});

test("ended requests are kept up to a number, in the store too", async () => {
  const { world, device, ask, states, queueStore } = await asleep({ endedPerDeviceMax: 2 });
  for (const path of ["/3/0/1", "/3/0/2", "/3/0/3", "/3/0/4"]) await ask(read(path));
  await device.update();
  await world.pass(seconds(5));
  expect(states()).toEqual(["delivered", "delivered"]);
  expect((await queueStore.load("default")).map(({ operation }) => operation.path)).toEqual(["/3/0/3", "/3/0/4"]);
});

test("a store that fails queues nothing, and sends nothing that it could not mark", async () => {
  const { world, device, ask, queueStore, ended } = await asleep();
  device.on("GET /3/0/9", plain("85"));
  await ask(read("/3/0/9"));
  const { save } = queueStore;
  queueStore.save = () => Promise.reject(new Error("disk full"));
  expect(await ask(read("/3/0/10"))).toMatchObject({ reason: "not-stored" });
  await device.update();
  await world.pass(seconds(5));
  expect(device.requests).toEqual([]);
  queueStore.save = save;
  await device.update();
  await world.pass(seconds(5));
  expect(ended()).toMatchObject([{ state: "delivered", attempts: 1 }]);
});

test("stopping writes down what it cut short, and waits for that", async () => {
  const { world, device, ask, queueStore } = await asleep();
  device.on("POST /3/0/4", () => undefined);
  await ask(reboot);
  await device.update();
  await world.pass(seconds(1));
  const save = queueStore.save.bind(queueStore);
  let proceed = () => {};
  queueStore.save = (request) =>
    new Promise((resolve) => {
      proceed = () => void save(request).then(resolve);
    });
  let isStopped = false;
  const stopping = world.server.stop().then(() => {
    isStopped = true;
  });
  await world.pass(seconds(1));
  expect(isStopped).toBe(false);
  proceed();
  await stopping;
  expect(await queueStore.load("default")).toMatchObject([{ state: "uncertain" }]);
});

test("what is asked of several places at once waits too, and goes out as one request each", async () => {
  const world = await TestWorld.started();
  const tree = { "/1/0/0": 1, "/1/0/1": 300, "/3/0/9": 80, "/3/0/14": "+00:00" };
  const device = new EtsClient(world, { tree });
  await world.settle(device.register(["lwm2m=1.1", "lt=86400", "b=U", "Q"]));
  await world.pass(seconds(100));
  device.seen.length = 0;
  const ask = (operation: QueuedOperation) => world.settle(world.server.queue.ask("light-1", operation, ada));
  await ask(
    plainComposite([
      { path: "/1/0/1", content: integer(600) },
      { path: "/3/0/14", content: text("+02:00") },
    ]),
  );
  await ask({ kind: "read-composite", path: "/1/0/1 /3/0/14" });
  await ask({ kind: "observe-composite", path: "/3/0/9 /1/0/1" });
  await ask({ kind: "read-composite", path: "/1/0/1 nonsense" });
  expect(device.seen).toEqual([]);
  await world.settle(device.update());
  await world.pass(seconds(30));
  expect(device.seen.map(({ method, path, observe }) => `${method} ${path} ${observe ?? ""}`.trim())).toEqual([
    "IPATCH /",
    "FETCH /",
    "FETCH / 0",
  ]);
  expect(endedIn(world).map(({ state, result }) => [state, result?.message])).toEqual([
    ["delivered", ""],
    ["delivered", "/1/0/1 = 600; /3/0/14 = +02:00"],
    ["delivered", "/3/0/9 = 80; /1/0/1 = 600"],
    ["failed", expect.stringContaining("nonsense")],
  ]);
  expect(world.server.observedPaths("light-1")).toContain("/3/0/9 /1/0/1");
});

test("what a read brings is told in its result, but for keys and the addresses that images are fetched from", async () => {
  const { device, ask, ended, world } = await asleep();
  device.on("GET /5/0/1", plain("coap://192.0.2.1/fw/q1zwsx3edc"));
  device.on("GET /0/0/5", { code: 0x45, contentFormat: 0, payload: utf8("c2VjcmV0") });
  device.on("GET /3/0/0", plain("Maker"));
  for (const path of ["/5/0/1", "/0/0/5", "/3/0/0"]) await ask(read(path));
  await device.update();
  await world.pass(seconds(2));
  expect(ended().map(({ result }) => result?.message)).toEqual([
    "/5/0/1 is not shown",
    "/0/0/5 is not shown",
    "/3/0/0 = Maker",
  ]);
});
