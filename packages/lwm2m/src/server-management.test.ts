import { expect, test } from "vitest";
import { instance, single } from "./node.ts";
import { utf8 } from "./testing/bytes.ts";
import { TestWorld } from "./testing/world.ts";
import { boolean, integer, text } from "./value.ts";

async function light(version = "1.1", objects = "</1/0>,</3/0>,</5/0>") {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register({ query: ["lt=300", `lwm2m=${version}`], objects });
  const ask = <T>(promise: Promise<T>) => world.settle(promise);
  return { world, server: world.server, device, ask };
}

test("an instance that was created or deleted is in the object list that we keep, and in the store", async () => {
  const { world, server, device, ask } = await light();
  device.on("POST /1", { code: 0x41 }).on("DELETE /1/3", { code: 0x42 });
  await ask(server.create("light-1", 1, instance(3, [single(1, integer(60))])));
  expect(device.requests.at(-1)).toMatchObject({ path: ["1"], contentFormat: 11_542 });
  const instances = () => server.find("light-1")?.objects.find(({ object }) => object === 1)?.instances;
  expect(instances()).toEqual([0, 3]);
  await world.restart();
  expect(world.server.find("light-1")?.objects[0]?.instances).toEqual([0, 3]);
  await ask(world.server.delete("light-1", "/1/3"));
  expect(world.server.find("light-1")?.objects[0]?.instances).toEqual([0]);
  expect(world.events.filter(({ kind }) => kind === "updated")).toMatchObject([
    { changed: ["objects"] },
    { changed: ["objects"] },
  ]);
});

test("what the device refused to create or delete changes nothing of what we know", async () => {
  const { server, device, ask } = await light();
  device.on("POST /1", { code: 0x85 }).on("DELETE /3/0", { code: 0x85 });
  expect(await ask(server.create("light-1", 1, instance(3, [])))).toMatchObject({ kind: "error", code: "4.05" });
  expect(await ask(server.delete("light-1", "/3/0"))).toMatchObject({ kind: "error", code: "4.05" });
  expect(server.find("light-1")?.objects.map(({ instances }) => instances)).toEqual([[0], [0], [0]]);
});

test("a resource instance is read, written and deleted by its own path; a 1.0 device cannot delete one", async () => {
  const { server, device, ask } = await light();
  device
    .on("GET /3/0/11/0", { code: 0x45, contentFormat: 0, payload: utf8("2") })
    .on("PUT /4/0/4/1", { code: 0x44 })
    .on("DELETE /7/0/9/2", { code: 0x42 });
  expect(await ask(server.read("light-1", "/3/0/11/0"))).toMatchObject({
    value: { kind: "resource-instance", resourceInstance: 0, value: integer(2) },
  });
  expect(await ask(server.write("light-1", "/9999/0/4/1", text("x")))).toMatchObject({ kind: "error", code: "4.04" });
  expect(device.requests.at(-1)?.path).toEqual(["9999", "0", "4", "1"]);
  expect(await ask(server.delete("light-1", "/7/0/9/2"))).toMatchObject({ kind: "ok" });
  expect(await ask(server.delete("light-1", "/7/0/9"))).toMatchObject({ kind: "invalid" });
  const old = await light("1.0");
  expect(await old.ask(old.server.delete("light-1", "/7/0/9/2"))).toMatchObject({ kind: "invalid" });
  expect(old.device.requests).toEqual([]);
});

test("a lifetime that we wrote counts from then on, even when the device never says it again", async () => {
  const { world, server, device, ask } = await light();
  device.on("PUT /1/0/1", { code: 0x44 });
  const before = server.find("light-1")?.lastSeenAt ?? 0;
  await ask(server.write("light-1", "/1/0/1", integer(3_600)));
  expect(server.find("light-1")).toMatchObject({ lifetimeSeconds: 3_600, expiresAt: before + 3_600_000 });
  expect(world.events.at(-1)).toMatchObject({ kind: "updated", changed: ["lifetime"] });
  const two = await light("1.1", "</1/0>,</1/1>,</3/0>");
  two.device.on("PUT /1/0/1", { code: 0x44 });
  await two.ask(two.server.write("light-1", "/1/0/1", integer(3_600)));
  expect(two.server.find("light-1")?.lifetimeSeconds).toBe(300);
});

test("a depth of Discover goes to a 1.2 device alone", async () => {
  const { server, device, ask } = await light("1.2");
  device.on("GET /3", { code: 0x45, contentFormat: 40, payload: utf8("</3>,</3/0>") });
  expect(await ask(server.discover("light-1", "/3", { depth: 1 }))).toMatchObject({ value: [{ target: "/3" }, {}] });
  expect(device.requests.at(-1)).toMatchObject({ query: ["depth=1"], accept: 40 });
  const older = await light("1.1");
  expect(await older.ask(older.server.discover("light-1", "/3", { depth: 1 }))).toMatchObject({ kind: "invalid" });
});

test("attributes of 1.2 are written to a device of 1.2, where they fit the resource", async () => {
  const { server, device, ask } = await light("1.2");
  device.on("PUT /1/0/6", { code: 0x44 }).on("PUT /3", { code: 0x44 });
  const write = (path: string, attributes: Parameters<typeof server.writeAttributes>[2]) =>
    ask(server.writeAttributes("light-1", path, attributes));
  expect(await write("/1/0/6", { edge: 1, con: 1, hqmax: 10, pmin: null })).toMatchObject({ kind: "ok" });
  expect(device.requests.at(-1)?.query).toEqual(["edge=1", "con=1", "hqmax=10", "pmin"]);
  expect(device.requests.at(-1)?.payload).toHaveLength(0);
  for (const [path, attributes] of [
    ["/3/0/9", { edge: 1 }],
    ["/1/0/6", { gt: 1 }],
    ["/1/0/6", { edge: 2 }],
    ["/3", { con: 3 }],
    ["/3", { hqmax: -1 }],
    ["/3/0/9", { lt: 5, gt: 5 }],
    ["/3/0/9", { lt: 5, gt: 9, st: 2 }],
    ["/3", { pmin: 9, pmax: 3 }],
    ["/3", { epmin: 3, epmax: 3 }],
  ] as const) {
    expect(await write(path, attributes), JSON.stringify(attributes)).toMatchObject({ kind: "invalid" });
  }
  const [of11, of10] = [await light("1.1"), await light("1.0")];
  const wrong = await of11.ask(of11.server.writeAttributes("light-1", "/3", { con: 1 }));
  expect(wrong).toEqual({ kind: "invalid", why: "con is not known in LwM2M 1.1, which this device speaks." });
  expect(await of10.ask(of10.server.writeAttributes("light-1", "/3", { epmin: 1 }))).toMatchObject({ kind: "invalid" });
});

test.each(["0", "0='a',1", "9='', 1", "1,1", "a", "0=a", "0='it''s'"])(
  "arguments of an Execute are judged before they are sent: %j",
  async (args) => {
    const { server, device, ask } = await light();
    device.on("POST /3/0/4", { code: 0x44 });
    const outcome = await ask(server.execute("light-1", "/3/0/4", args));
    expect(outcome.kind).toBe(["0", "0='a',1"].includes(args) ? "ok" : "invalid");
  },
);

test("a boolean is written as such", async () => {
  const { server, device, ask } = await light();
  device.on("PUT /1/0/6", { code: 0x44 });
  await ask(server.write("light-1", "/1/0/6", boolean(true)));
  expect(new TextDecoder().decode(device.requests.at(-1)?.payload)).toBe("1");
});
