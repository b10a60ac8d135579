import type { IncomingRequest, Subscriber } from "@lamplighter/coap/endpoint";
import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { single } from "./node.ts";
import type { ServerEvent } from "./server.ts";
import { bytes, utf8 } from "./testing/bytes.ts";
import { ScriptedDevice, serverAddress, TestWorld } from "./testing/world.ts";
import { integer, text } from "./value.ts";

const CONTENT = 0x45;
const content = (value: string) => ({ code: CONTENT, contentFormat: 0, payload: utf8(value) });

/** A device that lets /3/0/9 be observed, and remembers by whom. */
class ObservableDevice extends ScriptedDevice {
  subscriber: Subscriber | undefined;
  level = "85";

  watchable(path = "/3/0/9"): this {
    return this.on(`GET ${path}`, (request: IncomingRequest) => {
      if (request.subscriber) this.subscriber = request.subscriber;
      return { ...content(this.level), ...(request.subscriber && { observe: 1 }) };
    });
  }

  notify(payload = this.level, more: { code?: number; contentFormat?: number } = {}): Promise<string> {
    return new Promise((resolve) => {
      const response = { ...content(payload), ...more };
      if (this.subscriber) this.endpoint.notify(this.subscriber, response, resolve);
      else resolve("nobody");
    });
  }
}

async function observed(query = ["lt=300", "lwm2m=1.1"]) {
  const world = await TestWorld.started();
  const device = new ObservableDevice(world, "192.0.2.7:5683").watchable();
  await device.register({ query });
  const first = await world.settle(world.server.observe("light-1", "/3/0/9"));
  return { world, device, first };
}

const values = (events: readonly ServerEvent[]) =>
  events.flatMap((event) =>
    event.kind === "value" && event.node.kind === "single" ? [String(event.node.value.value)] : [],
  );

test("observing answers with the first value, and tells of each later one", async () => {
  const { world, device, first } = await observed();
  expect(first).toMatchObject({ kind: "ok", value: single(9, integer(85)) });
  await world.settle(device.notify("84"));
  await world.settle(device.notify("83"));
  expect(values(world.events)).toEqual(["85", "84", "83"]);
  expect(world.events.at(-1)).toMatchObject({ kind: "value", path: "/3/0/9", source: "notify", endpoint: "light-1" });
  expect((await world.store.load()).observations).toMatchObject([{ endpoint: "light-1", path: "/3/0/9", accept: 0 }]);
});

test("a path observed already is asked for again under the same token, so that it is not observed twice", async () => {
  const { world, device } = await observed();
  device.level = "70";
  expect(await world.settle(world.server.observe("light-1", "/3/0/9"))).toMatchObject({ kind: "ok" });
  const [first, second] = device.requests;
  expect(second).toMatchObject({ observe: 0, token: first?.token });
  expect(await world.settle(device.notify("69"))).toBe("delivered");
  expect(values(world.events)).toEqual(["85", "70", "69"]);
  expect(world.load.observations).toBe(1);
  expect((await world.store.load()).observations).toHaveLength(1);
});

test("cancelling asks with Observe 1 and the same token; a later notification is reset", async () => {
  const { world, device } = await observed();
  expect(await world.settle(world.server.cancelObservation("light-1", "/3/0/9"))).toMatchObject({ kind: "ok" });
  expect(device.requests[1]).toMatchObject({ observe: 1, token: device.requests[0]?.token });
  expect((await world.store.load()).observations).toEqual([]);
  expect(await world.settle(device.notify("1"))).not.toBe("delivered");
  expect(values(world.events)).toEqual(["85"]);
  expect(await world.settle(world.server.cancelObservation("light-1", "/3/0/9"))).toMatchObject({ kind: "ok" });
  expect(device.requests).toHaveLength(2);
});

test("what is desired is observed at each registration anew", async () => {
  const { world, device } = await observed();
  const before = device.subscriber;
  await device.register();
  await world.pass(seconds(2));
  expect(device.requests.map(({ observe }) => observe)).toEqual([0, 0]);
  expect(device.subscriber).not.toBe(before);
  const [stored, ...more] = (await world.store.load()).observations;
  expect(more).toEqual([]);
  expect(stored?.registrationId).toBe(world.server.find("light-1")?.id);
});

test("desired paths may be said before a device is there, and objects that it lacks are not asked for", async () => {
  const world = await TestWorld.started();
  world.server.setDesiredObservations("light-1", ["/3/0/9", "/3303/0/5700"]);
  const device = new ObservableDevice(world, "192.0.2.7:5683").watchable().watchable("/3303/0/5700");
  await device.register({ objects: "</3/0>" });
  await world.pass(seconds(2));
  expect(device.asked()).toEqual(["GET /3/0/9 accept 0"]);
  await device.update([], "</3/0>,</3303/0>");
  await world.pass(seconds(2));
  expect(device.asked()).toEqual(["GET /3/0/9 accept 0", "GET /3303/0/5700 accept 0"]);
});

test("saying what is desired ends what is not, and keeps what is", async () => {
  const { world, device } = await observed();
  device.watchable("/3/0/10");
  world.server.setDesiredObservations("light-1", ["/3/0/9", "/3/0/10"]);
  await world.pass(seconds(1));
  world.server.setDesiredObservations("light-1", ["/3/0/10"]);
  await world.pass(seconds(1));
  expect(device.requests.map(({ path, observe }) => [path[2], observe])).toEqual([
    ["9", 0],
    ["10", 0],
    ["9", 1],
  ]);
  expect((await world.store.load()).observations.map(({ path }) => path)).toEqual(["/3/0/10"]);
  expect(() => world.server.setDesiredObservations("light-1", ["3/0"])).toThrow(
    expect.objectContaining({ name: "MalformedInput" }),
  );
});

test("nothing is asked of a device before its Register was answered", async () => {
  const world = await TestWorld.started();
  world.server.setDesiredObservations("light-1", ["/3/0/9"]);
  const course: string[] = [];
  const device = new ObservableDevice(world, "192.0.2.7:5683").on("GET /3/0/9", () => {
    course.push("asked");
    return content("1");
  });
  world.network.watch(({ from, datagram }) => {
    if (from.startsWith("192.0.2.1:")) course.push(datagram[1] === 0x41 ? "answered" : "sent");
  });
  await device.register();
  await world.pass(seconds(1));
  expect(course.slice(0, 3)).toEqual(["answered", "sent", "asked"]);
});

test("a device that refuses to be observed is not asked again at every Update, but when its objects change and when it registers", async () => {
  const world = await TestWorld.started();
  world.server.setDesiredObservations("light-1", ["/3/0/9"]);
  const device = world.device().on("GET /3/0/9", { code: 0x85 });
  await device.register();
  await world.pass(seconds(1));
  await device.update();
  await world.pass(seconds(1));
  expect(device.requests).toHaveLength(1);
  await device.update([], "</3/0>,</4/0>");
  await world.pass(seconds(1));
  expect(device.requests).toHaveLength(2);
  await device.register();
  await world.pass(seconds(1));
  expect(device.requests).toHaveLength(3);
});

test("a device that answers without observing says so", async () => {
  const world = await TestWorld.started();
  const device = world.device().on("GET /3/0/9", content("85"));
  await device.register();
  expect(await world.settle(world.server.observe("light-1", "/3/0/9"))).toMatchObject({
    kind: "error",
    message: expect.stringMatching(/does not observe/),
  });
  expect((await world.store.load()).observations).toEqual([]);
});

test("an observation that got no answer is asked for again at the next sign of life", async () => {
  const world = await TestWorld.started();
  world.server.setDesiredObservations("light-1", ["/3/0/9"]);
  const device = new ObservableDevice(world, "192.0.2.7:5683").watchable();
  await device.register();
  world.network.partition("192.0.2.7:5683");
  await world.pass(seconds(120));
  world.network.heal("192.0.2.7:5683");
  await device.update();
  await world.pass(seconds(2));
  expect((await world.store.load()).observations).toHaveLength(1);
});

test("an observation that the device ends is told, and not asked for again before something changes", async () => {
  const { world, device } = await observed();
  await world.settle(device.notify("", { code: 0x84 }));
  expect(world.events.at(-1)).toMatchObject({ kind: "observation-ended", path: "/3/0/9" });
  await device.update();
  await world.pass(seconds(1));
  expect(device.requests).toHaveLength(1);
  expect((await world.store.load()).observations).toEqual([]);
});

test("a notification that cannot be read is counted, and the observation goes on", async () => {
  const { world, device } = await observed();
  await world.settle(device.notify("full"));
  await world.settle(device.notify("x", { contentFormat: 60 }));
  await world.settle(device.notify("83"));
  expect(values(world.events)).toEqual(["85", "83"]);
  expect(world.server.counters).toMatchObject({ notifications: 3, malformedNotifications: 2 });
});

test("a device behind another port keeps its observations after an Update from there", async () => {
  const { world, device } = await observed();
  const { subscriber } = device;
  const moved = new ObservableDevice(world, "192.0.2.7:40000");
  moved.location = device.location;
  expect(await moved.update()).toBe("2.04");
  expect(world.server.find("light-1")?.address).toBe("192.0.2.7:40000");
  const token = subscriber?.token ?? bytes("");
  // The same device at its new port: the notification carries the token that it has held all along.
  const port = world.network.bind("192.0.2.7:40001");
  port.send("192.0.2.1:5683", notification(token, 9, "1"));
  world.network.unbind("192.0.2.7:40000");
  world.network.bind("192.0.2.7:40000").send("192.0.2.1:5683", notification(token, 10, "77"));
  await world.pass(seconds(1));
  expect(values(world.events)).toEqual(["85", "77"]);
});

test("a device need not notice a restart: registrations and observations live on, and nothing is sent", async () => {
  for (const clean of [true, false]) {
    const { world, device } = await observed();
    const asked = device.requests.length;
    await world.restart({ clean });
    world.server.setDesiredObservations("light-1", ["/3/0/9"]);
    await world.pass(seconds(5));
    expect(device.requests).toHaveLength(asked);
    expect(await world.settle(device.notify("80"))).toBe("delivered");
    expect(values(world.events)).toEqual(["85", "80"]);
    expect(await device.update()).toBe("2.04");
    expect(await world.settle(world.server.read("light-1", "/3/0/9"))).toMatchObject({ kind: "ok" });
    expect(await world.settle(world.server.cancelObservation("light-1", "/3/0/9"))).toMatchObject({ kind: "ok" });
  }
});

test("a registration that ran out while the server was away has its grace from the start", async () => {
  const { world, device } = await observed(["lt=20", "lwm2m=1.1"]);
  await world.server.stop();
  world.clock.advance(seconds(1_000));
  await world.restart();
  await world.pass(seconds(90));
  expect(await device.update()).toBe("2.04");
  await world.pass(seconds(20 + 95));
  expect(world.server.find("light-1")).toBeUndefined();
  expect(world.kinds().at(-1)).toBe("expired");
});

test("what the store holds of observations that fit no registration is thrown away", async () => {
  const { world, device } = await observed();
  const id = world.server.find("light-1")?.id ?? "";
  world.store.saveObservation({ token: "ff", registrationId: id, endpoint: "light-2", path: "/3/0/9" });
  world.store.saveObservation({ token: "fe", registrationId: id, endpoint: "light-1", path: "nonsense" });
  await world.restart();
  expect((await world.store.load()).observations.map(({ path }) => path)).toEqual(["/3/0/9"]);
  expect(await world.settle(device.notify("80"))).toBe("delivered");
});

test("an expired or de-registered device takes its observations with it", async () => {
  const { world, device } = await observed();
  await device.send(4, device.location);
  expect((await world.store.load()).observations).toEqual([]);
  await world.settle(device.notify("1"));
  expect(values(world.events)).toEqual(["85"]);
});

test("a path asked for twice before the first had its turn is observed once", async () => {
  const { world, device } = await observed(["lt=3600", "lwm2m=1.1", "Q"]);
  await world.settle(world.server.cancelObservation("light-1", "/3/0/9"));
  await world.pass(seconds(100));
  const waitMax = seconds(1_000);
  const both = [1, 2].map(() => world.server.observe("light-1", "/3/0/9", { waitMax }));
  await device.update();
  for (const outcome of both) expect(await world.settle(outcome)).toMatchObject({ kind: "ok" });
  await world.pass(seconds(5));
  expect(world.load.observations).toBe(1);
  expect((await world.store.load()).observations).toHaveLength(1);
});

test("Updates that come while a desired observation waits for its turn do not ask for it again", async () => {
  const world = await TestWorld.started();
  const device = new ObservableDevice(world, "192.0.2.7:5683").watchable();
  device.on("GET /3/0/3", () => undefined);
  await device.register();
  void world.server.read("light-1", "/3/0/3");
  await world.pass(seconds(1));
  world.server.setDesiredObservations("light-1", ["/3/0/9"]);
  for (let round = 0; round < 5; round++) await device.update();
  device.requests[0]?.respond(content("1.4.0"));
  await world.pass(seconds(5));
  expect(device.asked()).toEqual(["GET /3/0/3 accept 0", "GET /3/0/9 accept 0"]);
});

test("a first value of several blocks is observed like any other", async () => {
  const world = await TestWorld.started();
  const device = new ObservableDevice(world, "192.0.2.7:5683").on("GET /16/0/0/1", (request) => {
    if (request.subscriber) device.subscriber = request.subscriber;
    return { ...content("x".repeat(3_000)), ...(request.subscriber && { observe: 1 }) };
  });
  await device.register({ objects: "</1/0>,</3/0>,</16/0>" });
  expect(await world.settle(world.server.observe("light-1", "/16/0/0/1"))).toMatchObject({ kind: "ok" });
  expect(world.load.observations).toBe(1);
  expect(await world.settle(device.notify("y"))).toBe("delivered");
  expect(world.events.at(-1)).toMatchObject({ kind: "value", source: "notify", node: { value: { value: "y" } } });
});

/** A non-confirmable notification as bytes (RFC 7641 §4.2): 2.05, Observe, Content-Format text. */
function notification(token: Uint8Array, sequence: number, payload: string): Uint8Array {
  return Uint8Array.from([
    0x50 | token.length,
    CONTENT,
    0,
    sequence,
    ...token,
    0x61,
    sequence,
    0x60,
    0xff,
    ...utf8(payload),
  ]);
}

test("attributes given with an observation of a 1.2 device go with it, through a restart and a Register", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register({ query: ["lwm2m=1.2"] });
  device.on("GET /3/0/9", ({ subscriber }) => ({
    code: 0x45,
    contentFormat: 0,
    payload: utf8("80"),
    ...(subscriber && { observe: 1 }),
  }));
  const attributes = { pmin: 10, pmax: 60 };
  expect(await world.settle(world.server.observe("light-1", "/3/0/9", { attributes }))).toMatchObject({ kind: "ok" });
  expect(device.requests.at(-1)).toMatchObject({ observe: 0, query: ["pmin=10", "pmax=60"] });
  await world.restart();
  await device.register({ query: ["lwm2m=1.2"] });
  await world.pass(seconds(1));
  expect(device.requests.at(-1)).toMatchObject({ observe: 0, query: ["pmin=10", "pmax=60"] });
  expect(world.events.at(-1)).toMatchObject({ kind: "value", path: "/3/0/9" });
  await world.settle(world.server.cancelObservation("light-1", "/3/0/9"));
  expect(device.requests.at(-1)).toMatchObject({ observe: 1 });
  expect(world.server.observedPaths("light-1")).toEqual([]);
  await device.register({ query: ["lwm2m=1.1"] });
  expect(await world.settle(world.server.observe("light-1", "/3/0/9", { attributes }))).toMatchObject({
    kind: "invalid",
  });
});

test("an observation whose notification lost its further blocks is in doubt: asked for again after the next Update", async () => {
  const { world, device } = await observed();
  device.watchable("/3/0/0");
  await world.settle(world.server.observe("light-1", "/3/0/0"));
  const token = device.requests.at(-1)?.token ?? new Uint8Array();
  // Block 0 of more, and then the device knows nothing of it: it gives its new, short value.
  device.level = "New";
  const block = Uint8Array.from([0x40 | token.length, CONTENT, 7, 7, ...token, 0x61, 9, 0xd1, 4, 0x0e, 0xff]);
  device.port.send(serverAddress, Uint8Array.from([...block, ...new Uint8Array(1024).fill(0x61)]));
  await world.pass(seconds(5));
  expect(world.events.filter((event) => event.kind === "value" && event.path === "/3/0/0")).toHaveLength(1);
  const before = device.requests.length;
  await device.update();
  await world.pass(seconds(2));
  expect(device.requests.slice(before).map(({ path }) => path.join("/"))).toContain("3/0/0");
  expect(world.events.at(-1)).toMatchObject({ kind: "value", path: "/3/0/0", node: single(0, text("New")) });
});
