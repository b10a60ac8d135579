import { seconds } from "@lamplighter/runtime/duration";
import { expect } from "vitest";
import { MemoryRegistrationStore } from "../memory-registration-store.ts";
import { single } from "../node.ts";
import { ets } from "../testing/ets.ts";
import { c3, EtsClient, etsWorld, registeredClient } from "../testing/ets-client.ts";
import { ScriptedDevice } from "../testing/world.ts";
import { integer } from "../value.ts";

const name = "light-1";

ets("1.1-int-101", async () => {
  const { client, server, settle } = await etsWorld();
  const links = '</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>,</4>;ver="1.3"';
  expect(await settle(client.register(["lt=86400", "lwm2m=1.1", "b=U", "sms=491701234"], links))).toBe("2.01");
  expect(client.location[0]).toBe("rd");
  expect(server.find(name)).toMatchObject({
    endpoint: name,
    version: "1.1",
    lifetimeSeconds: 86_400,
    binding: "U",
    smsNumber: "491701234",
    contentFormats: [110, 112],
    objects: [
      { object: 1, instances: [0] },
      { object: 3, instances: [0] },
      { object: 4, version: "1.3", instances: [] },
    ],
  });
});

ets("1.1-int-102", async () => {
  const { client, server, settle, world } = await registeredClient({}, { graceSeconds: 0 });
  expect(await settle(server.write(name, "/1/0/1", integer(20)))).toMatchObject({ kind: "ok" });
  await world.pass(seconds(1));
  expect(client.asked()).toEqual(["PUT /1/0/1 2.04"]);
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=20 2.04");
  expect(server.find(name)?.lifetimeSeconds).toBe(20);
  await world.pass(seconds(15));
  expect(await settle(client.update())).toBe("2.04");
  await world.pass(seconds(18));
  expect(server.find(name)).toBeDefined();
  await world.pass(seconds(3));
  expect(server.find(name)).toBeUndefined();
});

ets("1.1-int-103", async () => {
  const { client, server, settle, world } = await registeredClient();
  expect(await settle(server.execute(name, "/1/0/4"))).toMatchObject({ kind: "ok" });
  await world.pass(seconds(1));
  expect(client.answers.at(-1)).toBe("DELETE /rd/* 2.02");
  expect(server.find(name)).toBeUndefined();
  expect((await world.store.load()).registrations).toEqual([]);
});

ets("1.1-int-104", async () => {
  const { client, server, settle, world } = await registeredClient({}, { graceSeconds: 0 });
  await settle(server.write(name, "/1/0/1", integer(20)));
  await world.pass(seconds(15));
  expect(await settle(server.execute(name, "/1/0/8"))).toMatchObject({ kind: "ok" });
  await world.pass(seconds(1));
  expect(client.answers.at(-1)).toBe("POST /rd/* 2.04");
  await world.pass(seconds(15));
  expect(server.find(name)).toBeDefined();
});

ets("1.1-int-105", async () => {
  const { client, server, settle, world } = await registeredClient();
  await settle(server.write(name, "/1/0/1", integer(60)));
  await world.pass(seconds(1));
  const before = client.location;
  server.deregister(name);
  expect(await settle(client.update())).toBe("4.04");
  expect(await settle(client.register())).toBe("2.01");
  expect(client.location).not.toEqual(before);
  // Somebody else says goodbye in its name: without keys, a foreign host is not the device.
  const stranger = new ScriptedDevice(world, "192.0.2.99:5683");
  expect((await stranger.send(4, client.location)).answer).toBe("4.04");
  expect(await settle(client.update())).toBe("2.04");
});

ets("1.1-int-107", async () => {
  const { client, server, settle, world } = await etsWorld();
  expect(await settle(client.register(["lt=60", "lwm2m=1.1", "b=U"]))).toBe("2.01");
  await settle(server.write(name, "/1/0/1", integer(120)));
  await world.pass(seconds(1));
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=120 2.04");
  await world.pass(seconds(110));
  expect(await settle(client.update())).toBe("2.04");
  expect(server.find(name)).toMatchObject({ lifetimeSeconds: 120 });
});

ets("1.1-int-108", async () => {
  const { client, server, settle, world } = await etsWorld();
  expect(await settle(client.register(["lt=86400", "lwm2m=1.1", "b=U", "Q"]))).toBe("2.01");
  expect(server.find(name)).toMatchObject({ binding: "U", queueMode: true });
  expect(server.isAwake(name)).toBe(true);
  await world.pass(seconds(94));
  expect(server.isAwake(name)).toBe(false);
});

ets("1.1-int-109", async () => {
  const { client, server, settle, world } = await etsWorld();
  await settle(client.register(["lt=86400", "lwm2m=1.1", "b=U", "Q"]));
  await settle(server.write(name, "/1/0/1", integer(240)));
  await world.pass(seconds(1));
  expect(client.answers.at(-1)).toBe("POST /rd/*?lt=240 2.04");
  await world.pass(seconds(120));
  const read = server.read(name, "/1/0/1", { waitMax: seconds(600) });
  await world.pass(seconds(60));
  expect(client.asked()).toEqual(["PUT /1/0/1 2.04"]);
  expect(await settle(client.update())).toBe("2.04");
  expect(await settle(read)).toMatchObject({ kind: "ok", value: single(1, integer(240)) });
  expect(client.asked()).toEqual(["PUT /1/0/1 2.04", "GET /1/0/1 2.05"]);
  // The same by the queue, which outlives the wait and the server.
  await world.pass(seconds(120));
  const asked = await settle(server.queue.ask(name, { kind: "read", path: "/1/0/1" }, { by: "ets" }));
  expect(asked).toMatchObject({ kind: "queued" });
  await world.pass(seconds(60));
  expect(client.asked()).toHaveLength(2);
  expect(await settle(client.update())).toBe("2.04");
  await world.pass(seconds(1));
  expect(client.asked().at(-1)).toBe("GET /1/0/1 2.05");
  expect(server.queue.list(name)).toMatchObject([{ state: "delivered", result: { message: "/1/0/1 = 240" } }]);
});

ets("1.1-int-5", async () => {
  const { client, server, settle, world } = await registeredClient();
  expect(await settle(server.execute(name, "/1/0/9"))).toMatchObject({ kind: "ok" });
  await world.pass(seconds(1));
  expect(client.asked()).toEqual(["POST /1/0/9 2.04"]);
  // Whether the bootstrap that follows goes well is what 1.1-int-0 says.
  expect(client.answers.at(-1)).toMatch(/^POST \/bs/);
});

/** One client, two servers with an account each over one store. */
async function twoServers() {
  const store = new MemoryRegistrationStore();
  const first = await registeredClient({}, { store, account: "first" });
  const second = await etsWorld({ tree: { ...c3, "/1/0/0": 2 } }, { store, account: "second" });
  // Worlds draw the same numbers; two servers in one store must not.
  second.world.random.next();
  expect(await second.settle(second.client.register())).toBe("2.01");
  return { store, worlds: [first, second] };
}

ets("1.1-int-950", async () => {
  const { store, worlds } = await twoServers();
  for (const { server, client } of worlds) expect(server.find(name)?.id).toBe(client.location[1]);
  expect((await store.load()).registrations.map(({ account }) => account)).toEqual(["first", "second"]);
});

ets("1.1-int-951", async () => {
  // A client keeps attributes per server: what one sets, the other does not see.
  const { worlds } = await twoServers();
  const periods = [
    { pmin: 2, pmax: 10 },
    { pmin: 15, pmax: 50 },
  ];
  for (const [index, { server, settle }] of worlds.entries()) {
    expect(await settle(server.writeAttributes(name, "/3/0", periods[index]!))).toMatchObject({ kind: "ok" });
  }
  for (const [index, { server, settle }] of worlds.entries()) {
    const { pmin, pmax } = periods[index]!;
    expect(await settle(server.discover(name, "/3/0"))).toMatchObject({
      kind: "ok",
      value: expect.arrayContaining([{ target: "/3/0", attributes: { pmin: String(pmin), pmax: String(pmax) } }]),
    });
  }
});

ets("CONMGMT-1.1-int-1250", async () => {
  const { client, server, settle, world } = await registeredClient({
    tree: { ...c3, "/11/0/0": "one", "/11/0/3": true },
  });
  client.tree.set("/11/1/0", "two");
  expect(await settle(server.execute(name, "/1/0/8"))).toMatchObject({ kind: "ok" });
  await world.pass(seconds(1));
  expect(await settle(client.update([], client.links()))).toBe("2.04");
  expect(server.find(name)?.objects).toContainEqual({ object: 11, instances: [0, 1] });
});

ets("CONMGMT-1.1-int-1350", async () => {
  const { client, server, settle, world } = await registeredClient();
  const moved = new EtsClient(world, { address: "192.0.2.7:40000" });
  moved.location = client.location;
  expect(await settle(moved.update())).toBe("2.04");
  expect(server.find(name)?.address).toBe("192.0.2.7:40000");
  expect(await settle(server.read(name, "/3/0/16"))).toMatchObject({ kind: "ok" });
  expect(moved.asked()).toEqual(["GET /3/0/16 2.05"]);
});

const profiles = new Map([["6:27354b9a", "</1/0>,</3/0>"]]);

ets("1.2-int-110", async () => {
  const { client, server, settle } = await etsWorld({}, { profiles });
  expect(await settle(client.register(["lt=86400", "lwm2m=1.2", "pid=6:27354b9a"], ""))).toBe("2.01");
  expect(server.find(name)).toMatchObject({
    version: "1.2",
    objects: [
      { object: 1, instances: [0] },
      { object: 3, instances: [0] },
    ],
  });
  // Of a profile that nobody told us of, the objects are asked for.
  expect(await settle(client.register(["lt=86400", "lwm2m=1.2", "pid=6:00000000"], ""))).toBe("4.09");
  expect(await settle(client.register(["lt=86400", "lwm2m=1.2", "pid=6:00000000"], "</1/0>,</3/0>"))).toBe("2.01");
});

ets("1.2-int-111", async () => {
  const { client, server, settle } = await etsWorld({ tree: { ...c3, "/4/0/0": 7 } }, { profiles });
  expect(await settle(client.register(["lt=86400", "lwm2m=1.2", "pid=6:27354b9a"], "</4/0>"))).toBe("2.01");
  expect(server.find(name)?.objects).toEqual([1, 3, 4].map((object) => ({ object, instances: [0] })));
  expect(await settle(server.read(name, "/4/0"))).toMatchObject({ kind: "ok" });
});
