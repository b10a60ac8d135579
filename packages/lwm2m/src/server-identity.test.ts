import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { MemoryRegistrationStore } from "./memory-registration-store.ts";
import { objectVersion } from "./object-version.ts";
import { registrationOf } from "./testing/registrations.ts";
import { HeldStore, TestWorld } from "./testing/world.ts";

const POST = 2;
const DELETE = 4;

/** Peers at these addresses proved to be these endpoints. */
const credentials: Readonly<Record<string, string>> = {
  "192.0.2.7:5683": "light-1",
  "198.51.100.9:40000": "light-1",
  "192.0.2.8:5683": "light-2",
};
const secured = () => TestWorld.started({ authenticated: (peer) => credentials[peer] });

test("credentials of one light cannot register another: 4.00, and nothing changes", async () => {
  const world = await secured();
  await world.device().register();
  const before = world.server.find("light-1");
  expect(await world.device("192.0.2.8:5683").register({ endpoint: "light-1" })).toBe("4.00");
  expect(world.server.find("light-1")).toBe(before);
  expect(world.events.at(-1)).toMatchObject({ kind: "refused", endpoint: "light-1", code: "4.00" });
});

test("a light that proved who it is may come back from any address; who proves nothing may not speak for it", async () => {
  const world = await secured();
  const device = world.device();
  await device.register();
  expect(world.server.find("light-1")?.authenticated).toBe(true);
  const moved = world.device("198.51.100.9:40000");
  moved.location = device.location;
  expect(await moved.update()).toBe("2.04");
  expect(world.server.find("light-1")?.address).toBe("198.51.100.9:40000");
  const impostor = world.device("198.51.100.9:1");
  impostor.location = device.location;
  expect(await impostor.update()).toBe("4.04");
  expect((await impostor.send(DELETE, device.location)).answer).toBe("4.04");
  expect(await impostor.register()).toBe("4.03");
  expect(await world.device("192.0.2.8:5684").register({ endpoint: "light-2" })).toBe("2.01");
});

test("the name may be left out from 1.1 on, where the credentials say it, and nowhere else", async () => {
  const world = await secured();
  const nameless = async (address: string, version: string) =>
    (await world.device(address).send(POST, ["rd"], { query: [`lwm2m=${version}`], payload: "</3/0>" })).answer;
  expect(await nameless("192.0.2.7:5683", "1.0")).toBe("4.00");
  expect(await nameless("192.0.2.8:5683", "1.1")).toBe("2.01");
  expect(await nameless("203.0.113.1:5683", "1.1")).toBe("4.00");
  expect(world.server.find("light-2")?.address).toBe("192.0.2.8:5683");
});

test("server accounts are spaces apart, over one store, through a restart", async () => {
  const store = new MemoryRegistrationStore();
  const [one, two] = [await TestWorld.started({ store }), await TestWorld.started({ store, account: "second" })];
  // Both draw from the same seed: without this they would give the same places.
  two.random.next();
  await one.device().register({ query: ["lt=60", "lwm2m=1.1"] });
  await two.device().register({ query: ["lt=900", "lwm2m=1.2"] });
  const observing = two.device("192.0.2.9:5683");
  observing.on("GET /3/0/0", ({ subscriber }) => ({ code: 0x45, contentFormat: 0, ...(subscriber && { observe: 1 }) }));
  await observing.register({ endpoint: "observing" });
  await two.settle(two.server.observe("observing", "/3/0/0"));
  await one.restart();
  expect((await store.load()).observations).toHaveLength(1);
  await two.restart();
  expect(one.server.find("light-1")).toMatchObject({ account: "default", lifetimeSeconds: 60 });
  expect(two.server.find("light-1")).toMatchObject({ account: "second", lifetimeSeconds: 900 });
  expect(one.server.find("observing")).toBeUndefined();
  expect(two.server.observedPaths("observing")).toEqual(["/3/0/0"]);
});

test("when too many saves are under way the others are asked to come back, each at a time of its own", async () => {
  const store = new HeldStore();
  const world = await TestWorld.started({ store, limits: { savesUnderWayMax: 20 } });
  const answers = Array.from({ length: 60 }, (_, index) =>
    world
      .device(`198.51.100.${index}:5683`)
      .send(POST, ["rd"], { query: [`ep=${index}`, "lwm2m=1.1"], payload: "</3>" }),
  );
  await world.pass(milliseconds(300));
  for (let left = store.held; left > 0; left--) store.answer();
  const ended = await Promise.all(answers);
  expect(ended.filter(({ answer }) => answer === "2.01")).toHaveLength(20);
  const later = ended.filter(({ answer }) => answer === "5.03");
  expect(later).toHaveLength(40);
  const pauses = later.map(({ options }) => options.find(({ number }) => number === 14)?.value[0] ?? 0);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10);
  expect(new Set(pauses).size).toBeGreaterThan(5);
  expect(world.server.counters.unavailable).toBe(40);
});

test("a limit of registrations turns a newcomer away and not one that comes back", async () => {
  const world = await TestWorld.started({ limits: { registrationsMax: 1 } });
  await world.device().register();
  expect(await world.device("192.0.2.9:5683").register({ endpoint: "other" })).toBe("5.03");
  expect(await world.device("192.0.2.7:1024").register()).toBe("2.01");
});

test("a lifetime of one second is kept as such, and over after the grace", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register({ query: ["lt=1", "lwm2m=1.1"] });
  await world.pass(seconds(90));
  expect(await device.update()).toBe("2.04");
  await world.pass(seconds(100));
  expect(world.server.find("light-1")).toBeUndefined();
  expect(await device.update()).toBe("4.04");
});

test.each([
  ["1.0", { 1: "1.0", 3: "1.0", 4: "1.0", 5: "1.0" }],
  ["1.1", { 1: "1.1", 2: "1.0", 3: "1.1", 4: "1.2", 5: "1.0", 6: "1.0" }],
  ["1.2", { 1: "1.2", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.1", 6: "1.0", 3416: "1.0" }],
] as const)("objects without a version have those that LwM2M %s implies: %j", (version, implied) => {
  const registration = registrationOf({ version, objects: [] });
  for (const [object, of] of Object.entries(implied)) expect(objectVersion(registration, Number(object))).toBe(of);
  const announced = { object: 3, version: "1.0", instances: [0] };
  expect(objectVersion(registrationOf({ version, objects: [announced] }), 3)).toBe("1.0");
});

test("after a restart too, who proves nothing may not speak for a light that proved who it is, and the light itself may", async () => {
  const world = await secured();
  const device = world.device();
  await device.register();
  await world.restart({ clean: false });
  expect(world.server.find("light-1")?.authenticated).toBe(true);
  const impostor = world.device("192.0.2.7:1024");
  impostor.location = device.location;
  expect(await impostor.update()).toBe("4.04");
  expect((await impostor.send(DELETE, device.location)).answer).toBe("4.04");
  expect(await impostor.register()).toBe("4.03");
  expect(await device.update()).toBe("2.04");
});

test("a light that registered without proof has none after a restart, whatever it proves later to be somebody else", async () => {
  const world = await secured();
  const plain = world.device("203.0.113.5:5683");
  await plain.register({ endpoint: "light-3" });
  await world.restart();
  expect(world.server.find("light-3")?.authenticated).toBeUndefined();
  expect(await plain.update()).toBe("2.04");
  expect(world.server.find("light-3")?.authenticated).toBeUndefined();
});

test("a light that gets a key while it registers in the clear is not registered in the clear", async () => {
  const store = new HeldStore();
  let hasKey = false;
  const whyNotClear = () => (hasKey ? "It has a key." : undefined);
  const world = await TestWorld.started({ store, whyNotClear });
  const answer = world.device().register();
  await world.pass(milliseconds(300));
  hasKey = true;
  store.answer();
  expect(await answer).toBe("4.03");
  expect(world.server.find("light-1")).toBeUndefined();
  store.answer();
  expect((await store.load()).registrations).toEqual([]);
  expect(world.events.at(-1)).toMatchObject({ kind: "refused", endpoint: "light-1", offence: "clear" });
});

test("whose credentials were used for another light is told", async () => {
  const world = await secured();
  await world.device("192.0.2.8:5683").register({ endpoint: "light-1" });
  expect(world.events.at(-1)).toMatchObject({
    offence: "wrong-name",
    endpoint: "light-1",
    why: "The credentials of light-2 were used for light-1.",
  });
});
