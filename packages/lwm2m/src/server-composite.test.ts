import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { decodeCompositeWrite } from "./formats/composite.ts";
import { instance, single } from "./node.ts";
import { EtsClient } from "./testing/ets-client.ts";
import { TestWorld } from "./testing/world.ts";
import { integer, text } from "./value.ts";

const tree = {
  "/1/0/0": 1,
  "/1/0/1": 300,
  "/3/0/0": "Maker",
  "/3/0/3": "1.0.0",
  "/3/0/9": 80,
  "/3/0/14": "+00:00",
};

async function light(version = "1.1") {
  const world = await TestWorld.started();
  const device = new EtsClient(world, { tree });
  await world.settle(device.register([`lwm2m=${version}`, "lt=300"]));
  device.seen.length = 0;
  const ask = <T>(promise: Promise<T>) => world.settle(promise);
  return { world, server: world.server, device, ask };
}

test("several places are read in one FETCH at the root; what is not there is left out", async () => {
  const { world, server, device, ask } = await light();
  const outcome = await ask(server.readComposite("light-1", ["/3/0/0", "/3/0/77", "/1/0", "/99"]));
  expect(outcome).toMatchObject({
    kind: "ok",
    value: [
      { path: "/3/0/0", node: single(0, text("Maker")) },
      { path: "/1/0", node: instance(0, [single(0, integer(1)), single(1, integer(300))]) },
    ],
  });
  expect(device.seen).toMatchObject([{ method: "FETCH", path: "/", query: "", observe: undefined }]);
  expect(device.seen[0]?.accept).toBe(device.seen[0]?.contentFormat);
  expect(world.events.slice(-2)).toMatchObject([
    { kind: "value", path: "/3/0/0", source: "read" },
    { kind: "value", path: "/1/0", source: "read" },
  ]);
});

test("the root is everything, object by object", async () => {
  const { server, ask } = await light();
  const outcome = await ask(server.readComposite("light-1", ["/"]));
  expect(outcome).toMatchObject({ value: [{ path: "/1", node: { kind: "object" } }, { path: "/3" }] });
});

test("several places are written in one iPATCH, after all of them passed our own check", async () => {
  const { server, device, ask } = await light();
  const contents = [
    { path: "/1/0", content: instance(0, [single(1, integer(600))]) },
    { path: "/3/0/14", content: text("+02:00") },
  ];
  expect(await ask(server.writeComposite("light-1", contents))).toMatchObject({ kind: "ok" });
  expect([device.tree.get("/1/0/1"), device.tree.get("/3/0/14")]).toEqual([600, "+02:00"]);
  expect(device.asked()).toEqual(["IPATCH / 2.04"]);
  const wrong = [...contents, { path: "/3/0/0", content: text("Mine") }];
  expect(await ask(server.writeComposite("light-1", wrong))).toMatchObject({ kind: "invalid" });
  expect(await ask(server.writeComposite("light-1", []))).toMatchObject({ kind: "invalid" });
  expect(device.seen).toHaveLength(1);
});

test("a resource instance of a 1.2 device is deleted beside what is written, in a format that can say so", async () => {
  const { world, server, ask } = await light("1.1");
  const device = world.device("192.0.2.8:5683");
  await device.register({ endpoint: "light-2", query: ["lwm2m=1.2"], objects: "</1/0>,</3/0>,</16/0>" });
  device.on("IPATCH /", { code: 0x44 });
  const contents = [
    { path: "/16/0/0/1", content: "delete" as const },
    { path: "/3/0/14", content: text("+02:00") },
  ];
  expect(await ask(server.writeComposite("light-2", contents))).toMatchObject({ kind: "ok" });
  const [{ payload, contentFormat = 0 } = { payload: new Uint8Array() }] = device.requests;
  expect(contentFormat).toBe(322);
  const context = { modelOf: (object: number) => server.modelOf("light-2", object), nowSeconds: 0 };
  expect(decodeCompositeWrite(payload, contentFormat, context)).toEqual([
    { path: { object: 16, instance: 0, resource: 0, resourceInstance: 1 }, value: "delete" },
    { path: { object: 3, instance: 0, resource: 14 }, value: text("+02:00") },
  ]);
  // A device that does not know the one format is asked in the other.
  device.on("IPATCH /", ({ contentFormat: format }) => ({ code: format === 322 ? 0x8f : 0x44 }));
  expect(await ask(server.writeComposite("light-2", contents))).toMatchObject({ kind: "ok" });
  expect(device.requests.map((request) => request.contentFormat)).toEqual([322, 322, 320]);
  for (const path of ["/16/0/0", "/16/0", "/3/0/14/0", "/3/0/11/0", "/x"]) {
    const outcome = await ask(server.writeComposite("light-2", [{ path, content: "delete" }]));
    expect([path, outcome.kind]).toEqual([path, "invalid"]);
  }
  expect(await ask(server.writeComposite("light-1", contents))).toMatchObject({
    kind: "invalid",
    why: "LwM2M 1.1, which this device speaks, cannot delete with a Write-Composite.",
  });
  expect(device.requests).toHaveLength(3);
});

test("several places are observed as one, through a restart of ours and a Register of theirs, until cancelled", async () => {
  const { world, device, ask } = await light();
  const paths = ["/3/0/9", "/3/0/3"];
  expect(await ask(world.server.observeComposite("light-1", paths))).toMatchObject({
    value: [{ path: "/3/0/9" }, { path: "/3/0/3" }],
  });
  const told = async (value: number) => {
    world.events.length = 0;
    device.set("/3/0/9", value);
    await world.pass(seconds(1));
    return world.events.filter(({ kind }) => kind === "value");
  };
  const expected = (value: number) => [
    { path: "/3/0/9", node: single(9, integer(value)), source: "notify" },
    { path: "/3/0/3", node: single(3, text("1.0.0")), source: "notify" },
  ];
  expect(await told(79)).toMatchObject(expected(79));
  await world.restart();
  expect(world.server.observedPaths("light-1")).toEqual(["/3/0/9 /3/0/3"]);
  expect(await told(78)).toMatchObject(expected(78));
  await world.settle(device.register());
  await world.pass(seconds(1));
  expect(await told(77)).toMatchObject(expected(77));
  device.seen.length = 0;
  expect(await ask(world.server.cancelObservation("light-1", paths))).toMatchObject({ kind: "ok" });
  expect(device.seen).toMatchObject([{ method: "FETCH", path: "/", observe: 1 }]);
  expect(device.observed).toEqual([]);
  expect(world.server.observedPaths("light-1")).toEqual([]);
});

test("what should be observed may be several places as one, and is cancelled by reset when asked so", async () => {
  const { world, server, device, ask } = await light();
  server.setDesiredObservations("light-1", ["/1/0/1 /3/0/9", "/3/0/0"]);
  await world.pass(seconds(1));
  expect(device.observed).toHaveLength(2);
  await ask(server.cancelObservation("light-1", ["/1/0/1", "/3/0/9"], { by: "reset" }));
  expect(device.observed).toHaveLength(2);
  device.set("/3/0/9", 12);
  await world.pass(seconds(3));
  expect(device.notified.at(-1)?.outcome).toBe("rejected");
  expect(device.observed).toEqual(["/3/0/0"]);
});

test("a 1.0 device is not asked, and a path that is none is not sent", async () => {
  const old = await light("1.0");
  expect(await old.ask(old.server.readComposite("light-1", ["/3/0/0"]))).toMatchObject({ kind: "invalid" });
  expect(await old.ask(old.server.writeComposite("light-1", []))).toMatchObject({ kind: "invalid" });
  expect(await old.ask(old.server.observeComposite("light-1", ["/3", "/1"]))).toMatchObject({ kind: "invalid" });
  const { server, device, ask } = await light();
  for (const paths of [["x"], [], ["/3 /1 //"], Array<string>(65).fill("/3")]) {
    expect(await ask(server.readComposite("light-1", paths))).toMatchObject({ kind: "invalid" });
  }
  expect([...old.device.seen, ...device.seen]).toEqual([]);
});

test("a device that acknowledges a FETCH and never answers is not asked again before it registers anew", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  device.on("FETCH /", () => undefined).on("GET /3/0/0", { code: 0x45, contentFormat: 0 });
  expect(await world.settle(world.server.readComposite("light-1", ["/3/0/0", "/1"]))).toMatchObject({
    kind: "timed-out",
    acknowledged: true,
  });
  const again = await world.settle(world.server.readComposite("light-1", ["/3/0/0", "/1"]));
  expect(again).toMatchObject({ kind: "invalid", why: expect.stringContaining("never answered") });
  expect(await world.settle(world.server.read("light-1", "/3/0/0"))).toMatchObject({ kind: "ok" });
  expect(device.asked().filter((asked) => asked.startsWith("FETCH"))).toHaveLength(1);
  await device.register();
  device.on("FETCH /", { code: 0x85 });
  expect(await world.settle(world.server.readComposite("light-1", ["/3", "/1"]))).toMatchObject({ code: "4.05" });
});

test("an unreadable answer to a composite read is malformed, nothing worse", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  const { utf8 } = await import("./testing/bytes.ts");
  for (const payload of ["", "[", "{}", "[1]", '[{"n":"x"}]', '[{"n":"/3/0/0"}]', '[{"n":"/3/0/9","v":"a"}]']) {
    device.on("FETCH /", { code: 0x45, contentFormat: 110, payload: utf8(payload) });
    const outcome = await world.settle(world.server.readComposite("light-1", ["/3", "/1"]));
    expect(outcome, payload).toMatchObject({ kind: "malformed" });
  }
});

test("a device in queue mode that acknowledged, and did not answer, is not taken for asleep", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register({ query: ["lwm2m=1.1", "lt=3600", "Q"] });
  device.on("FETCH /", () => undefined);
  await world.settle(world.server.readComposite("light-1", ["/3", "/1"]));
  expect(world.server.isAwake("light-1")).toBe(true);
});
