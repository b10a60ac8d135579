import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { bytes, utf8 } from "../testing/bytes.ts";
import { LockstepDevice, lockstep, numberOf, option, pathOf } from "../testing/lockstep.ts";
import { HeldStore, TestWorld } from "../testing/world.ts";
import { integer } from "../value.ts";

async function unregistered(...options: Parameters<typeof TestWorld.started>) {
  const world = await TestWorld.started(...options);
  return { world, device: new LockstepDevice(world), server: world.server };
}
const of = (world: TestWorld) => world.server.find("light-1");

test("T1: parameters come in any order, and one that comes twice is 4.00", async () => {
  const { device, world } = await unregistered();
  expect(await device.register(["b=U", "lwm2m=1.1", "lt=60", "sms=4917", "ep=light-1"])).toBe("2.01");
  expect(of(world)).toMatchObject({ lifetimeSeconds: 60, smsNumber: "4917" });
  expect(await device.register(["ep=light-1", "lwm2m=1.1", "lt=60", "lt=90"])).toBe("4.00");
  expect(await device.ask(2, device.location, { query: ["lt=60", "lt=90"] })).toBe("4.00");
  expect(of(world)?.lifetimeSeconds).toBe(60);
});

test.each(["Q", "Q="])("T2: %s says queue mode", async (flag) => {
  const { device, world } = await unregistered();
  expect(await device.register(["ep=light-1", "lwm2m=1.1", "b=U", flag])).toBe("2.01");
  expect(of(world)).toMatchObject({ binding: "U", queueMode: true });
});

test.each([
  ["1.0", "UQ", "U"],
  ["1.0", "UQS", "US"],
  ["1.0", "SQ", "S"],
  ["1.1", "UQ", "U"],
])(
  "T3: an LwM2M %s device that writes queue mode into its binding, %s, is in queue mode",
  async (version, b, binding) => {
    const { device, world } = await unregistered();
    expect(await device.register(["ep=light-1", `lwm2m=${version}`, `b=${b}`])).toBe("2.01");
    expect(of(world)).toMatchObject({ binding, queueMode: true });
  },
);

test("T4: a device that names no binding has the usual one, and no queue mode", async () => {
  const { device, world } = await unregistered();
  await device.register(["ep=light-1", "lwm2m=1.1"]);
  expect(of(world)).toMatchObject({ binding: "U", queueMode: false });
});

test.each(["UT", "UN", "N", "UTSN", "UMH"])("T5: the binding %s is kept letter by letter", async (binding) => {
  const { device, world } = await unregistered();
  expect(await device.register(["ep=light-1", "lwm2m=1.2", `b=${binding}`])).toBe("2.01");
  expect(of(world)?.binding).toBe(binding);
});

test("T6: a device without a name, where nothing else names it, is 4.00", async () => {
  const { device, server } = await unregistered();
  expect(await device.register(["lwm2m=1.1", "lt=60"])).toBe("4.00");
  expect(await device.register(["ep=", "lwm2m=1.1", "lt=60"])).toBe("4.00");
  expect(server.registrationCount).toBe(0);
});

test.each([
  "imei-imsi:490154203237518-262011234567890",
  "urn:imei-msisdn:490154203237518-491701234567890",
  "Rathausplatz 7 ☀",
  "a",
])("T7: a device may be called %s", async (name) => {
  const { device, server } = await unregistered();
  expect(await device.register([`ep=${name}`, "lwm2m=1.1"])).toBe("2.01");
  expect(server.find(name)).toBeDefined();
});

test("T8: values are taken as they are: nothing in them is decoded a second time", async () => {
  const { device, server } = await unregistered();
  expect(await device.register(["ep=a%20b&c=d+e", "lwm2m=1.1"])).toBe("2.01");
  expect(server.find("a%20b&c=d+e")).toBeDefined();
});

test.each(["1.0", "1.1", "1.2"])("T9: a device that speaks %s is served as it says", async (version) => {
  const { device, world } = await unregistered();
  expect(await device.register(["ep=light-1", `lwm2m=${version}`])).toBe("2.01");
  expect(of(world)?.version).toBe(version);
});

test.each(["2.0", "1.3", "0.9", "1", "1.1.1", "x"])(
  "T10: version %s is 4.12, by which a device steps down, never 4.00",
  async (version) => {
    const { device, server } = await unregistered();
    expect(await device.register(["ep=light-1", `lwm2m=${version}`])).toBe("4.12");
    expect(server.registrationCount).toBe(0);
  },
);

test("T11: without a root link everything stands at the root, and formats are found by asking", async () => {
  const { device, world } = await unregistered();
  await device.register(undefined, "</3>;ver=1.1,</3/0>");
  expect(of(world)).toMatchObject({ rootPath: [], contentFormats: [], objects: [{ object: 3, version: "1.1" }] });
});

test.each([
  ["ct=110", [110]],
  ['ct="110"', [110]],
  ['ct="60 110 112 11542 11543"', [60, 110, 112, 11_542, 11_543]],
])("T12: %s of a root link is read", async (ct, formats) => {
  const { device, world } = await unregistered();
  await device.register(undefined, `</>;rt="oma.lwm2m";${ct},</3/0>`);
  expect(of(world)?.contentFormats).toEqual(formats);
});

test.each(['ver="1.1"', "ver=1.1"])("T13: %s of an object is read", async (ver) => {
  const { device, world } = await unregistered();
  await device.register(undefined, `</3>;${ver},</3/0>`);
  expect(of(world)?.objects).toEqual([{ object: 3, version: "1.1", instances: [0] }]);
});

test("T14: an object without a version is read by what its device's release means", async () => {
  const { device, server, world } = await unregistered();
  await device.register(undefined, "</1/0>,</3/0>,</65001/0>");
  const read = server.read("light-1", "/3/0/9");
  device.reply(await device.next(), { format: 0, text: "85" });
  expect(await world.settle(read)).toMatchObject({ value: { value: integer(85) } });
});

test("T15: objects that are no business of ours, and unknown ones, do no harm in a list", async () => {
  const { device, world } = await unregistered();
  expect(await device.register(undefined, "</0/0>,</21/0>,</23/0>,</3/0>,</42769/3>,</70000/0>,</a/b>")).toBe("2.01");
  expect(of(world)?.objects).toEqual([
    { object: 3, instances: [0] },
    { object: 42_769, instances: [3] },
  ]);
});

test("T16: where the root is elsewhere but the links do not say so, requests still go below it", async () => {
  const { device, server, world } = await unregistered();
  await device.register(undefined, '</lwm2m>;rt="oma.lwm2m",</3/0>');
  expect(of(world)?.objects).toEqual([{ object: 3, instances: [0] }]);
  void server.read("light-1", "/3/0/9");
  expect(pathOf(await device.next())).toBe("/lwm2m/3/0/9");
});

test("T17: an Update whose list names no format is read as links", async () => {
  const { device, world } = await lockstep();
  expect(await device.ask(2, device.location, { payload: "</1/0>,</3/0>,</4/0>" })).toBe("2.04");
  expect(of(world)?.objects.map(({ object }) => object)).toEqual([1, 3, 4]);
});

test("T18: an Update without a root link leaves what the Register said of formats and root", async () => {
  const { device, world } = await unregistered();
  await device.register(undefined, '</lwm2m>;rt="oma.lwm2m";ct="110 112",</lwm2m/3/0>');
  expect(await device.ask(2, device.location, { payload: "</lwm2m/3/0>,</lwm2m/4/0>", format: 40 })).toBe("2.04");
  expect(of(world)).toMatchObject({ contentFormats: [110, 112], rootPath: ["lwm2m"] });
  expect(of(world)?.objects.map(({ object }) => object)).toEqual([3, 4]);
});

test("T19: a lifetime that we wrote counts, though the device never says it", async () => {
  const { device, server, world } = await lockstep({ graceSeconds: 0 });
  const written = server.write("light-1", "/1/0/1", integer(60));
  device.reply(await device.next(), { code: 0x44 });
  expect(await world.settle(written)).toMatchObject({ kind: "ok" });
  expect(await device.ask(2, device.location)).toBe("2.04");
  expect(of(world)?.lifetimeSeconds).toBe(60);
  await world.pass(seconds(62));
  expect(of(world)).toBeUndefined();
});

test("T20: a Register in blocks of 16 bytes is put together, and one that stops in between is nothing", async () => {
  const { device, server, world } = await unregistered();
  const list = utf8("</1/0>,</3/0>,</5/0>,</3303/0>");
  const block = async (number: number, more: boolean) => {
    const options = [option(11, "rd"), option(12, [40]), option(15, "ep=light-1"), option(15, "lwm2m=1.1")];
    const payload = list.subarray(number * 16, number * 16 + 16);
    device.send({
      code: 2,
      messageId: 500 + number,
      token: bytes("77"),
      options: [...options, option(27, [(number << 4) | (more ? 8 : 0)])],
      payload,
    });
    return (await device.next()).code;
  };
  expect(await block(0, true)).toBe(0x5f);
  await world.pass(seconds(1));
  expect(server.registrationCount).toBe(0);
  expect(await block(1, false)).toBe(0x41);
  expect(of(world)?.objects.map(({ object }) => object)).toEqual([1, 3, 5, 3303]);
});

test("T21, T22: a place is two short segments without a query, which the smallest device can keep", async () => {
  const { device } = await lockstep();
  expect(device.location).toHaveLength(2);
  expect(device.location[0]).toBe("rd");
  expect(device.location[1]).toMatch(/^[\w-]{1,32}$/);
  expect(device.answer?.options.map(({ number }) => number)).toEqual([8, 8]);
});

test("T23: success is exactly 2.01, 2.04 and 2.02", async () => {
  const { device } = await lockstep();
  expect(await device.ask(2, device.location)).toBe("2.04");
  expect(await device.ask(4, device.location)).toBe("2.02");
});

test("T24: an Update from another port of the device is its own; requests then go there, notifications from before do not get in", async () => {
  const { server, world, device } = await lockstep();
  const moved = new LockstepDevice(world, "192.0.2.7:61000");
  expect(await moved.ask(2, device.location)).toBe("2.04");
  void server.read("light-1", "/3/0/9");
  expect(pathOf(await moved.next())).toBe("/3/0/9");
  expect(device.inbox).toEqual([]);
});

test("T25: a device that never registers again is not lost to a failing store, nor within its grace", async () => {
  const store = new HeldStore();
  store.isHolding = false;
  const { device, world } = await unregistered({ store });
  await device.register(["ep=light-1", "lwm2m=1.1", "lt=60"]);
  store.isHolding = true;
  const update = device.ask(2, device.location, { query: ["lt=90"] });
  await world.pass(seconds(0.1));
  store.answer(new Error("disk full"));
  expect(await update).toBe("5.03");
  store.isHolding = false;
  await world.pass(seconds(60 + 90));
  expect(await device.ask(2, device.location)).toBe("2.04");
});

test.each([0, 1, 20, 43_200, 86_400, 4_294_967_295])("T26: a lifetime of %i s is taken", async (lifetime) => {
  const { device, world } = await unregistered();
  expect(await device.register(["ep=light-1", "lwm2m=1.1", `lt=${lifetime}`])).toBe("2.01");
  expect(of(world)?.lifetimeSeconds).toBe(Math.min(lifetime, 2 ** 31 - 1));
});

test("T27: what cannot be served now is 5.03 with a time to come back, which differs from device to device", async () => {
  const world = new TestWorld();
  const times = new Set<number | undefined>();
  for (let index = 0; index < 20; index++) {
    const device = new LockstepDevice(world, `192.0.2.${index + 10}:5683`);
    expect(await device.register([`ep=light-${index}`, "lwm2m=1.1"])).toBe("5.03");
    times.add(device.answer && numberOf(device.answer, 14));
  }
  expect(Math.min(...[...times].map(Number))).toBeGreaterThanOrEqual(10);
  expect(times.size).toBeGreaterThan(5);
});

test("T29: an Update says only what is new; what it leaves out stays", async () => {
  const { device, world } = await unregistered();
  await device.register(["ep=light-1", "lwm2m=1.1", "lt=300", "b=U", "Q", "sms=4917"]);
  const before = of(world);
  expect(await device.ask(2, device.location, { query: ["lt=60"] })).toBe("2.04");
  expect(of(world)).toEqual({
    ...before,
    lifetimeSeconds: 60,
    lastSeenAt: expect.anything(),
    expiresAt: expect.anything(),
  });
  expect(await device.ask(2, device.location, { query: ["b=UQ", "lt=60"] })).toBe("2.04");
  expect(of(world)).toMatchObject({ queueMode: true, smsNumber: "4917" });
});
