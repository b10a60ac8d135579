import { decodeMessage } from "@lamplighter/coap/codec";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { HeldStore, serverAddress, TestWorld } from "./testing/world.ts";

const POST = 2;
const PUT = 3;
const DELETE = 4;

test("a Register is answered 2.01 with a place of at most 32 bytes, and told after the answer", async () => {
  const course: string[] = [];
  const world = await TestWorld.started({ onEvent: ({ kind }) => course.push(kind) });
  world.network.watch(({ from, datagram }) => {
    if (from === serverAddress) course.push(`answered ${decodeMessage(datagram).code.toString(16)}`);
  });
  const device = world.device();
  expect(await device.register()).toBe("2.01");
  expect(device.location[0]).toBe("rd");
  expect(`/${device.location.join("/")}`.length).toBeLessThanOrEqual(32);
  expect(course).toEqual(["answered 41", "registered"]);
  expect(world.server.find("light-1")).toMatchObject({
    id: device.location[1],
    address: "192.0.2.7:5683",
    lifetimeSeconds: 300,
    binding: "U",
    pending: false,
  });
});

test("a Register is not answered before the store has it safe", async () => {
  const store = new HeldStore();
  const world = await TestWorld.started({ store });
  const answer = world.device().register();
  await world.pass(milliseconds(400));
  expect(store.held).toBe(1);
  expect(world.server.find("light-1")).toBeUndefined();
  expect(world.events).toEqual([]);
  store.answer();
  expect(await answer).toBe("2.01");
  expect(world.kinds()).toEqual(["registered"]);
});

test("a store that fails makes it 5.03 with a time to come back, and nobody is registered", async () => {
  const store = new HeldStore();
  const world = await TestWorld.started({ store });
  const device = world.device();
  const sent = device.send(POST, ["rd"], { query: ["ep=a", "lwm2m=1.1"], payload: "</3/0>" });
  await world.pass(milliseconds(50));
  store.answer(new Error("disk full"));
  const { answer, options } = await sent;
  expect(answer).toBe("5.03");
  const maxAge = options.find(({ number }) => number === 14)?.value[0];
  expect(maxAge).toBeGreaterThanOrEqual(10);
  expect(world.server.registrationCount).toBe(0);
  expect(world.events).toEqual([]);
});

test("before the store is loaded devices are asked to come back", async () => {
  const world = new TestWorld();
  expect(await world.device().register()).toBe("5.03");
  await world.server.start();
  expect(await world.device("192.0.2.8:5683").register()).toBe("2.01");
});

test("a mere refresh is answered at once and written behind", async () => {
  const store = new HeldStore();
  store.isHolding = false;
  const world = await TestWorld.started({ store });
  const device = world.device();
  await device.register();
  store.isHolding = true;
  await world.pass(seconds(60));
  expect(await device.update()).toBe("2.04");
  expect(await device.update(["lt=300", "b=U"], "</5/0>,</1/0>,</3/0>")).toBe("2.04");
  expect(store.calls).toEqual(["save", "refresh", "refresh"]);
  expect(world.events.slice(1)).toMatchObject([
    { kind: "updated", changed: [] },
    { kind: "updated", changed: [] },
  ]);
});

test.each([
  [["lt=60"], undefined, ["lifetime"]],
  [["b=UQ"], undefined, ["binding"]],
  [[], "</3/0>", ["objects"]],
])("an Update that changes something (%j %j) is answered once it is safe", async (query, objects, changed) => {
  const store = new HeldStore();
  store.isHolding = false;
  const world = await TestWorld.started({ store });
  const device = world.device();
  await device.register();
  store.isHolding = true;
  const answer = device.update(query, objects);
  await world.pass(milliseconds(300));
  expect(store.held).toBe(1);
  expect(world.kinds()).toEqual(["registered"]);
  store.answer();
  expect(await answer).toBe("2.04");
  expect(world.events[1]).toMatchObject({ kind: "updated", changed });
});

test("a change that cannot be saved is 5.03, and everything stays as it was", async () => {
  const store = new HeldStore();
  store.isHolding = false;
  const world = await TestWorld.started({ store });
  const device = world.device();
  await device.register();
  store.isHolding = true;
  const answer = device.update(["lt=60"]);
  await world.pass(milliseconds(50));
  store.answer(new Error("disk full"));
  expect(await answer).toBe("5.03");
  expect(world.server.find("light-1")?.lifetimeSeconds).toBe(300);
  store.isHolding = false;
  expect(await device.update(["lt=60"])).toBe("2.04");
  expect(world.server.find("light-1")?.lifetimeSeconds).toBe(60);
  expect((await store.load()).registrations[0]?.lifetimeSeconds).toBe(60);
});

test("a De-register is answered once it is safe; the place is then unknown", async () => {
  const store = new HeldStore();
  store.isHolding = false;
  const world = await TestWorld.started({ store });
  const device = world.device();
  await device.register();
  store.isHolding = true;
  const sent = device.send(DELETE, device.location);
  await world.pass(milliseconds(50));
  expect(world.server.find("light-1")).toBeDefined();
  store.answer();
  expect((await sent).answer).toBe("2.02");
  expect(world.kinds()).toEqual(["registered", "deregistered"]);
  expect(await device.update()).toBe("4.04");
  expect((await device.send(DELETE, device.location)).answer).toBe("4.04");
});

test.each<[string, number, string[], { query?: string[]; payload?: string; contentFormat?: number }, string]>([
  ["another version", POST, ["rd"], { query: ["ep=a", "lt=1", "lwm2m=9.9"], payload: "</3/0>" }, "4.12"],
  ["no name", POST, ["rd"], { query: ["lt=1", "lwm2m=1.1"], payload: "</3/0>" }, "4.00"],
  ["no objects", POST, ["rd"], { query: ["ep=a", "lwm2m=1.1"] }, "4.00"],
  ["an object list that is none", POST, ["rd"], { query: ["ep=a", "lwm2m=1.1"], payload: "hello" }, "4.00"],
  [
    "a list in another format",
    POST,
    ["rd"],
    { query: ["ep=a", "lwm2m=1.1"], payload: "</3/0>", contentFormat: 0 },
    "4.15",
  ],
  ["a PUT", PUT, ["rd"], {}, "4.05"],
  ["a DELETE of all", DELETE, ["rd"], {}, "4.05"],
  ["an unknown place", POST, ["rd", "nobody"], {}, "4.04"],
  ["a place too deep", POST, ["rd", "a", "b"], {}, "4.04"],
  ["a path of nobody", POST, ["bs"], { query: ["ep=a"] }, "4.04"],
  ["no path", POST, [], {}, "4.04"],
])("%s is answered with its own code", async (_, method, path, options, answer) => {
  const world = await TestWorld.started();
  expect((await world.device().send(method, path, options)).answer).toBe(answer);
  expect(world.server.registrationCount).toBe(0);
});

test("slashes too many, a missing format and every order of parameters are tolerated", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  const { answer } = await device.send(POST, ["rd", ""], {
    query: ["b=U", "lwm2m=1.0", "ep=a", "Q"],
    payload: "</3/0/>",
  });
  expect(answer).toBe("2.01");
  expect(world.server.find("a")).toMatchObject({ queueMode: true, objects: [{ object: 3, instances: [0] }] });
  const id = world.server.find("a")?.id ?? "";
  expect((await device.send(POST, ["rd", id, ""], { payload: "</3/0>,</5/0>" })).answer).toBe("2.04");
  expect(world.server.find("a")?.objects).toHaveLength(2);
});

test("a Register in several blocks is put together", async () => {
  const world = await TestWorld.started();
  const objects = Array.from({ length: 200 }, (_, index) => `</3303/${index}>`).join();
  expect(await world.device().register({ objects })).toBe("2.01");
  expect(world.server.find("light-1")?.objects[0]?.instances).toHaveLength(200);
});

test("a closed enrolment answers 4.03 and tells of it", async () => {
  const world = await TestWorld.started({ enrol: () => "refuse" });
  expect(await world.device().register()).toBe("4.03");
  expect(world.events).toMatchObject([
    { kind: "refused", endpoint: "light-1", address: "192.0.2.7:5683", code: "4.03" },
  ]);
});

test("a pending device is registered but not operated, until it is accepted", async () => {
  const world = await TestWorld.started({ enrol: () => "pending" });
  const device = world
    .device()
    .on("GET /3/0/3", { code: 0x45, contentFormat: 0, payload: new TextEncoder().encode("1.4.0") });
  world.server.setDesiredObservations("light-1", ["/3/0/3"]);
  expect(await device.register()).toBe("2.01");
  expect(await world.settle(world.server.read("light-1", "/3/0/3"))).toEqual({ kind: "pending" });
  await world.pass(seconds(10));
  expect(device.requests).toEqual([]);
  world.server.accept("light-1");
  expect(await world.settle(world.server.read("light-1", "/3/0/3"))).toMatchObject({ kind: "ok" });
  expect(world.kinds().slice(0, 2)).toEqual(["registered", "registered"]);
  expect(device.requests[0]).toMatchObject({ observe: 0 });
  expect(await device.register()).toBe("2.01");
  expect(world.server.find("light-1")?.pending).toBe(false);
  await world.restart();
  expect(world.server.find("light-1")?.pending).toBe(false);
});

test("another host may not take over a living registration, nor speak for it", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  const stranger = world.device("192.0.2.66:5683");
  expect(await stranger.register()).toBe("4.03");
  stranger.location = device.location;
  expect(await stranger.update(["lt=1"])).toBe("4.04");
  expect((await stranger.send(DELETE, device.location)).answer).toBe("4.04");
  expect(world.kinds()).toEqual(["registered", "refused", "refused", "refused"]);
  expect(world.events[1]).toMatchObject({ why: expect.stringContaining("192.0.2.66") });
  expect(world.server.find("light-1")).toMatchObject({ address: "192.0.2.7:5683", lifetimeSeconds: 300 });
});

test("two hosts that claim one new endpoint at once do not both get it", async () => {
  const store = new HeldStore();
  const world = await TestWorld.started({ store });
  const first = world.device().register();
  await world.pass(milliseconds(20));
  expect(await world.device("192.0.2.8:5683").register()).toBe("4.03");
  store.answer();
  expect(await first).toBe("2.01");
});

test("a device that restarted comes back from another port under a fresh place", async () => {
  const world = await TestWorld.started();
  const before = world.device();
  await before.register();
  const after = world.device("192.0.2.7:40000");
  expect(await after.register()).toBe("2.01");
  expect(world.events[1]).toMatchObject({ kind: "registered", replaced: true });
  expect(world.server.registrationCount).toBe(1);
  expect(world.server.find("light-1")?.address).toBe("192.0.2.7:40000");
  expect(await before.update()).toBe("4.04");
  expect(await after.update()).toBe("2.04");
});

test("a registration lives through its lifetime and its grace, and then expires once", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register({ query: ["lt=20", "lwm2m=1.1"] });
  await world.pass(seconds(15));
  expect(await device.update()).toBe("2.04");
  await world.pass(seconds(20 + 92));
  expect(world.server.find("light-1")).toBeDefined();
  await world.pass(seconds(2));
  expect(world.server.find("light-1")).toBeUndefined();
  expect(world.kinds().filter((kind) => kind === "expired")).toHaveLength(1);
  expect((await world.store.load()).registrations).toEqual([]);
  expect(await device.update()).toBe("4.04");
  expect(await world.device("192.0.2.66:5683").register()).toBe("2.01");
});

test("a lifetime made shorter ends sooner", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register({ query: ["lt=86400", "lwm2m=1.1"] });
  await device.update(["lt=20"]);
  await world.pass(seconds(115));
  expect(world.server.find("light-1")).toBeUndefined();
});

test("a lifetime of 0 does not expire", async () => {
  const world = await TestWorld.started();
  await world.device().register({ query: ["lt=0", "lwm2m=1.1"] });
  await world.pass(seconds(10_000_000));
  expect(world.server.find("light-1")).toBeDefined();
});

test("a device dropped by an operator learns of it at its next Update", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  world.server.deregister("light-1");
  expect(world.kinds()).toEqual(["registered", "deregistered"]);
  expect(await device.update()).toBe("4.04");
});

test("every malformed Register costs one small answer and one count", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  for (let round = 0; round < 5; round++) {
    const { answer, payload } = await device.send(POST, ["rd"], {
      query: ["ep=a", "lwm2m=1.1"],
      payload: "<".repeat(500),
    });
    expect(answer).toBe("4.00");
    expect(payload.length).toBeLessThan(200);
  }
  expect(world.server.counters.malformedRequests).toBe(5);
});
