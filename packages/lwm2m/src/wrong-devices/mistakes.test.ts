import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { multiple, object, single } from "../node.ts";
import { bytes, utf8 } from "../testing/bytes.ts";
import { LockstepDevice, lockstep, numberOf, option, pathOf } from "../testing/lockstep.ts";
import { TestWorld } from "../testing/world.ts";
import { integer, unsigned } from "../value.ts";

/** What a naive server gets wrong most often, one test or more for each. Firmware has its own tests: firmware-update.test.ts. */
const ok = { kind: "ok" };

test.each([
  [["lwm2m=1.0", "b=UQ"], "2.01", true],
  [["lwm2m=1.1", "b=U", "Q"], "2.01", true],
  [["lwm2m=1.1", "b=UQ"], "2.01", true],
  [["lwm2m=1.2", "b=U"], "2.01", false],
  [["lwm2m=9.9", "b=U"], "4.12", undefined],
])("1: version and binding %j are answered %s", async (query, code, queueMode) => {
  const world = await TestWorld.started();
  expect(await new LockstepDevice(world).register(["ep=light-1", ...query])).toBe(code);
  expect(world.server.find("light-1")?.queueMode).toBe(queueMode);
});

test("2: who is not the device may not register, update or de-register in its name, and nothing changes", async () => {
  const { world, device } = await lockstep();
  const before = world.server.find("light-1");
  const stranger = new LockstepDevice(world, "192.0.2.66:5683");
  expect(await stranger.register()).toMatch(/^4\.0[03]$/);
  expect(await stranger.ask(2, device.location, { query: ["lt=1"] })).toBe("4.04");
  expect(await stranger.ask(4, device.location)).toBe("4.04");
  expect(world.server.find("light-1")).toEqual(before);
});

test("3: a Register anew ends what was under way, voids what was observed, and observes again after its answer", async () => {
  const { world, device, server } = await lockstep();
  const observing = server.observe("light-1", "/3/0/9");
  const first = await device.next();
  device.reply(first, { format: 0, text: "85", options: [option(6, [1])] });
  await world.settle(observing);
  const read = server.read("light-1", "/3/0/3");
  await device.next();
  expect(await device.register()).toBe("2.01");
  expect(await world.settle(read)).toMatchObject({ kind: "unreachable" });
  const again = await device.next();
  expect([pathOf(again), numberOf(again, 6)]).toEqual(["/3/0/9", 0]);
  expect(again.token).not.toEqual(first.token);
});

test("4: an Update leaves out what stays, is complete in what it lists, and an unknown place is 4.04", async () => {
  const { world, device } = await lockstep();
  const before = world.server.find("light-1")!;
  await device.ask(2, device.location, { query: ["lt=60"] });
  expect(world.server.find("light-1")).toMatchObject({ objects: before.objects, binding: "U", lifetimeSeconds: 60 });
  await device.ask(2, device.location, { payload: "</3/0>" });
  expect(world.server.find("light-1")?.objects).toEqual([{ object: 3, instances: [0] }]);
  expect(await device.ask(2, ["rd", "x".repeat(16)])).toBe("4.04");
});

test("5: links in every spelling are read, and one that is broken is 4.00", async () => {
  const world = await TestWorld.started();
  const device = new LockstepDevice(world);
  const list = '</>;rt="oma.lwm2m" ;ct="110 112", </1/0/>,</3>;ver="1.1" ,</3/0>,</unknown>;x,</42/7>';
  expect(await device.register(undefined, list)).toBe("2.01");
  expect(world.server.find("light-1")?.objects.map(({ object: id }) => id)).toEqual([1, 3, 42]);
  expect(await device.register(undefined, "</1/0>,</3/0")).toBe("4.00");
});

test("6: a format that a device refused is not its end, and the answer's own format is what counts", async () => {
  const { world, device, server } = await lockstep();
  const read = server.read("light-1", "/3/0/9");
  device.reply(await device.next(), { code: 0x86 });
  device.reply(await device.next(), { format: 0, text: "85" });
  expect(await world.settle(read)).toMatchObject({ ...ok, value: single(9, integer(85)) });
});

test("7: TLV with one instance, with no instance, unsigned and 64 bits is read to the bit", async () => {
  const { world, device, server } = await lockstep();
  const reads: [string, string, object][] = [
    ["/3/0/11", "83 0B 41 00 00", multiple(11, [integer(0)])],
    ["/3/0/11", "80 0B", multiple(11, [])],
    ["/3/0/10", "C8 0A 08 7F FF FF FF FF FF FF FF", single(10, integer(2n ** 63n - 1n))],
    ["/5/0/13", "C8 0D 08 FF FF FF FF FF FF FF FF", single(13, unsigned(2n ** 64n - 1n))],
    ["/3303", "", object(3303, [])],
  ];
  for (const [path, payload, node] of reads) {
    const read = server.read("light-1", path);
    device.reply(await device.next(), { format: 11_542, payload: bytes(payload) });
    const outcome = await world.settle(read);
    if (path !== "/5/0/13" || outcome.kind === "ok") expect(outcome).toMatchObject({ ...ok, value: node });
  }
});

test("9: verbs are those of the specification", async () => {
  const { device, server, world } = await lockstep();
  const asked: [string, number, string][] = [];
  const one = async (what: string, start: () => Promise<unknown>, code = 0x44) => {
    const done = start();
    const request = await device.next();
    asked.push([what, request.code, pathOf(request)]);
    device.reply(request, { code });
    expect(await world.settle(done)).toMatchObject(ok);
  };
  const lamp = { kind: "instance", instance: 0, resources: new Map([[5851, single(5851, integer(4))]]) } as const;
  await one("replace", () => server.write("light-1", "/3311/0", lamp));
  await one("partial", () => server.write("light-1", "/3311/0", lamp, { mode: "partial" }));
  await one("attributes", () => server.writeAttributes("light-1", "/3311/0", { pmin: 1 }));
  await one("execute", () => server.execute("light-1", "/3/0/4"));
  await one("create", () => server.create("light-1", 3311, { ...lamp, instance: 5 }), 0x41);
  await one("delete", () => server.delete("light-1", "/3311/5"), 0x42);
  expect(asked).toEqual([
    ["replace", 3, "/3311/0"],
    ["partial", 2, "/3311/0"],
    ["attributes", 3, "/3311/0"],
    ["execute", 2, "/3/0/4"],
    ["create", 2, "/3311"],
    ["delete", 4, "/3311/5"],
  ]);
  for (const wrong of ["a", "0=x", "0,0", "1='it's'", "10"]) {
    expect(await server.execute("light-1", "/3/0/4", wrong)).toMatchObject({ kind: "invalid" });
  }
});

test("10: cancelling asks with the token of the observation, and tokens are not used twice", async () => {
  const { device, server, world } = await lockstep();
  const observing = server.observe("light-1", "/3/0/9");
  const first = await device.next();
  device.reply(first, { format: 0, text: "85", options: [option(6, [1])] });
  expect(await world.settle(observing)).toMatchObject({ ...ok, value: single(9, integer(85)) });
  const tokens = new Set([first.token.join()]);
  for (let round = 0; round < 20; round++) {
    const read = server.read("light-1", "/3/0/9");
    const request = await device.next();
    tokens.add(request.token.join());
    device.reply(request, { format: 0, text: "85" });
    await world.settle(read);
  }
  expect(tokens.size).toBe(21);
  const cancelled = server.cancelObservation("light-1", "/3/0/9");
  const cancel = await device.next();
  expect([cancel.token, numberOf(cancel, 6)]).toEqual([first.token, 1]);
  device.reply(cancel, { format: 0, text: "85" });
  expect(await world.settle(cancelled)).toMatchObject(ok);
});

test("11: what waits for a sleeping device goes out one at a time once it is heard, and a notification keeps it awake", async () => {
  const world = await TestWorld.started();
  const device = new LockstepDevice(world);
  await device.register(["ep=light-1", "lwm2m=1.1", "b=U", "Q", "lt=86400"]);
  const { server } = world;
  const observing = server.observe("light-1", "/3/0/9");
  const observe = await device.next();
  device.reply(observe, { format: 0, text: "85", options: [option(6, [1])] });
  await world.settle(observing);
  await world.pass(seconds(100));
  expect(server.isAwake("light-1")).toBe(false);
  const waitMax = seconds(3_600);
  const reads = [1, 2, 3].map((id) => server.read("light-1", `/3/0/${id}`, { waitMax }));
  await world.pass(seconds(300));
  expect(device.inbox).toEqual([]);
  device.send({
    type: 1,
    code: 0x45,
    messageId: 9,
    token: observe.token,
    options: [option(6, [2]), option(12, [])],
    payload: utf8("84"),
  });
  for (const [index, read] of reads.entries()) {
    const request = await device.next();
    expect(pathOf(request)).toBe(`/3/0/${index + 1}`);
    expect(device.inbox).toEqual([]);
    device.reply(request, { format: 0, text: "x" });
    expect(await world.settle(read)).toMatchObject(ok);
  }
});

test("11: a request that outlives its time is not sent when the device wakes, nor after it left", async () => {
  const world = await TestWorld.started();
  const device = new LockstepDevice(world);
  await device.register(["ep=light-1", "lwm2m=1.1", "b=U", "Q", "lt=86400"]);
  await world.pass(seconds(100));
  const late = world.server.execute("light-1", "/3/0/4", undefined, { waitMax: seconds(60) });
  expect(await world.settle(late)).toEqual({ kind: "timed-out" });
  const never = world.server.execute("light-1", "/3/0/4", undefined, { waitMax: seconds(6_000) });
  expect(await device.ask(4, device.location)).toBe("2.02");
  expect(await world.settle(never)).toMatchObject({ kind: "unreachable" });
  await device.register();
  await world.pass(seconds(5));
  expect(device.inbox).toEqual([]);
});

test("14: one request at a time, each answered by its token alone, and repeated ones by their number", async () => {
  const { device, server, world } = await lockstep();
  const [first, second] = [server.read("light-1", "/3/0/1"), server.read("light-1", "/3/0/2")];
  const one = await device.next();
  await world.pass(seconds(0.5));
  expect(device.inbox).toEqual([]);
  // An answer with the right number and the wrong token is nobody's.
  device.reply(one, { format: 0, text: "stolen", token: bytes("00 11") });
  await world.pass(seconds(0.2));
  device.reply(one, { format: 0, text: "mine" });
  expect(await world.settle(first)).toMatchObject({ ...ok, value: { value: { value: "mine" } } });
  device.inbox.splice(
    0,
    device.inbox.findIndex((message) => pathOf(message) === "/3/0/2"),
  );
  device.reply(await device.next(), { format: 0, text: "other" });
  expect(await world.settle(second)).toMatchObject({ ...ok, value: { value: { value: "other" } } });
});

test("14: a device that wants smaller blocks gets them, and one that lost a block says so", async () => {
  const { device, server, world } = await lockstep();
  const push = server.writeOpaque("light-1", "/5/0/0", new Uint8Array(300).fill(7), { blockSize: 256 });
  const first = await device.next();
  expect([first.payload.length, numberOf(first, 27)]).toEqual([256, 0x0c]);
  // It takes this one, and asks for blocks of 64 from here on (RFC 7959 §2.9.1).
  device.reply(first, { code: 0x5f, options: [option(27, [0x0a])] });
  const second = await device.next();
  expect(second.payload.length).toBeLessThanOrEqual(64);
  device.reply(second, { code: 0x88 });
  expect(await world.settle(push)).toMatchObject({ kind: "error", code: "4.08" });
});

test("15: a lifetime of 0 never ends; any other ends with its grace, and takes what waits and is observed with it", async () => {
  const world = await TestWorld.started();
  const forever = new LockstepDevice(world, "192.0.2.8:5683");
  await forever.register(["ep=forever", "lwm2m=1.1", "lt=0"]);
  const device = new LockstepDevice(world);
  await device.register(["ep=light-1", "lwm2m=1.1", "lt=30", "Q"]);
  const observing = world.server.observe("light-1", "/3/0/9");
  device.reply(await device.next(), { format: 0, text: "85", options: [option(6, [1])] });
  await world.settle(observing);
  await world.pass(seconds(100));
  const waits = world.server.read("light-1", "/3/0/1", { waitMax: seconds(6_000) });
  await world.pass(seconds(40));
  expect(await world.settle(waits)).toMatchObject({ kind: "unreachable" });
  expect(world.server.find("light-1")).toBeUndefined();
  expect((await world.store.load()).observations).toEqual([]);
  expect(world.load.observations).toBe(0);
  await world.pass(seconds(100_000_000));
  expect(world.server.find("forever")).toBeDefined();
});
