import { instance, single } from "@lamplighter/lwm2m/node";
import type { Registration } from "@lamplighter/lwm2m/registration";
import { float, integer, opaque, text } from "@lamplighter/lwm2m/value";
import { milliseconds } from "@lamplighter/runtime/duration";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addPackage, gate, openWorld, type World } from "../../test/world.ts";
import { fromWire, readingsOf } from "./wire.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({
    observedPaths: () => ["/3/0/14 /1/0"],
    read: async () => ({
      kind: "ok",
      value: instance(0, [single(0, text("Maker")), single(9, integer(80))]),
      roundTrip: milliseconds(12.4),
    }),
    write: async (_endpoint, path) =>
      path === "/3/0/14"
        ? { kind: "ok", value: undefined, roundTrip: milliseconds(3) }
        : { kind: "error", code: "4.05", message: "" },
    readComposite: async (_endpoint, paths) => ({
      kind: "ok",
      value: paths.map((path) => ({ path, node: single(Number(path.split("/")[3]), text(path)) })),
      roundTrip: milliseconds(5),
    }),
    writeComposite: async () => ({ kind: "ok", value: undefined, roundTrip: milliseconds(5) }),
    cancelObservation: async () => ({ kind: "ok", value: undefined, roundTrip: milliseconds(5) }),
    writeAttributes: async () => ({ kind: "ok", value: undefined, roundTrip: milliseconds(5) }),
  });
  await world.addLights([{ model: "L1", firmwareVersion: "1.0.0" }]);
});
afterAll(() => world[Symbol.asyncDispose]());
const deviceId = "light-1";

test("a read shows every resource, and is written down with who did it", async () => {
  const view = await world.admin.operation.read({ deviceId, path: "/3/0" });
  expect(view).toMatchObject({
    kind: "ok",
    milliseconds: 12,
    readings: [
      { path: "/3/0/0", value: { type: "string", value: "Maker" } },
      { path: "/3/0/9", value: { type: "integer", value: "80" } },
    ],
  });
  const { items } = await world.admin.event.list({ kind: "operation" });
  expect(items[0]?.message).toBe("Read /3/0 on urn:dev:light-1: done in 12 ms");
});

test("a value the light took is its last known value; a refusal is told in words", async () => {
  const value = { type: "string", value: "+02:00" } as const;
  expect(await world.admin.operation.write({ deviceId, path: "/3/0/14", value })).toMatchObject({ kind: "ok" });
  world.registrations.set("urn:dev:light-1", {
    version: "1.1",
    objects: [
      { object: 3, instances: [0] },
      { object: 9999, instances: [0] },
    ],
  } as unknown as Registration);
  const objects = await world.admin.device.objects({ id: deviceId });
  // Observed together with others: the tree is there all the same, and says with which.
  const observed = objects
    .flatMap((each) => each.instances.flatMap(({ resources }) => resources))
    .filter((each) => each.observed);
  expect(observed.map(({ path, observedBy }) => [path, observedBy])).toContainEqual(["/3/0/14", "/3/0/14 /1/0"]);
  const offset = objects[0]?.instances[0]?.resources.find(({ resource }) => resource === 14);
  expect(offset).toMatchObject({ name: "UTC Offset", operations: "RW", reading: { value, source: "write" } });
  expect(objects[1]).toMatchObject({ known: false, name: "Object 9999" });
  const refused = await world.admin.operation.write({ deviceId, path: "/3/0/0", value });
  expect(refused).toEqual({ kind: "failed", code: "4.05", message: "The light answered 4.05." });
});

test("the address of an image is shown without the token that gives the right to fetch it", async () => {
  const uri = (value: string) => instance(0, [single(1, text(value)), single(3, text(value))]);
  const shown = (value: string, at: string) =>
    readingsOf(uri(value), at).map((reading) => (reading.value as { value: string }).value);
  const [ours, hidden] = ["https://lights.example.org/fw/q1zwsx3edc", "https://lights.example.org/fw/…"];
  expect(shown(ours, "/5/0")).toEqual([hidden, ours]);
  expect(shown(ours, "/9/2")).toEqual([ours, hidden]);
  expect(shown("coap://elsewhere/image.bin", "/5/0")).toEqual([
    "coap://elsewhere/image.bin",
    "coap://elsewhere/image.bin",
  ]);
});

test("keys and credentials are neither shown nor kept, whoever wrote them and whatever a light answers", async () => {
  const account = instance(0, [single(0, text("coaps://a")), single(5, opaque(Uint8Array.of(1, 2, 3)))]);
  expect(readingsOf(account, "/0/0")).toEqual([
    { path: "/0/0/0", value: { type: "string", value: "coaps://a" } },
    { path: "/0/0/5", value: { type: "string", value: "(not shown)" } },
  ]);
  expect(readingsOf(single(1, text("oscore")), "/21/0/1")).toMatchObject([{ value: { value: "(not shown)" } }]);
  const writes = [{ path: "/0/0/5", value: { type: "opaque", value: "c2VjcmV0" } as const }];
  const written = await world.admin.operation.writeComposite({ deviceId, writes });
  const kept = await world.services.db.resourceReading.findFirst({ where: { deviceId, path: "/0/0/5" } });
  for (const each of [written, kept]) expect(JSON.stringify(each)).not.toContain("c2VjcmV0");
  expect(kept?.value).toEqual({ type: "string", value: "(not shown)" });
});

test("a number that is none is shown as what it is, and the longest text that is no base64 is refused at once", () => {
  expect(readingsOf(single(0, float(Number.NaN)), "/6/0/0")).toEqual([
    { path: "/6/0/0", value: { type: "string", value: "NaN" } },
  ]);
  const began = performance.now();
  expect(() => fromWire({ type: "opaque", value: `${"=".repeat(99_999)}x` })).toThrow(/base64/);
  expect(performance.now() - began).toBeLessThan(500);
  for (const value of ["", "AA==", "AA", "AAA=", "AAAA"]) expect(fromWire({ type: "opaque", value })).toBeTruthy();
});

test("several places are read in one request, and written in one", async () => {
  const read = await world.admin.operation.readComposite({ deviceId, paths: ["/3/0/0", "/1/0/7"] });
  expect(read).toMatchObject({ kind: "ok", readings: [{ path: "/3/0/0" }, { path: "/1/0/7" }] });
  const writes = [
    { path: "/1/0/1", value: { type: "integer", value: "600" } as const },
    { path: "/3/0/11/2", value: { type: "integer", value: "0" } as const },
  ];
  expect(await world.admin.operation.writeComposite({ deviceId, writes })).toMatchObject({ kind: "ok" });
  const stored = await world.services.db.resourceReading.findMany({ where: { deviceId, source: "write" } });
  expect(stored.map(({ path }) => path)).toContain("/1/0/1");
  expect(stored.map(({ path }) => path)).not.toContain("/3/0/11/2");
  const { items } = await world.admin.event.list({ kind: "operation" });
  expect(items[0]?.message).toBe("Write-Composite /1/0/1 /3/0/11/2 on urn:dev:light-1: done in 5 ms");
  const object = [{ path: "/3/0", value: { type: "string", value: "x" } as const }];
  await expect(world.admin.operation.writeComposite({ deviceId, writes: object })).rejects.toMatchObject({
    code: "BAD_REQUEST",
  });
});

test.each([
  ["/3", { type: "string", value: "x" }],
  ["/3/0/13", { type: "time", value: "0x5" }],
  ["/3/0/13", { type: "integer", value: "99999999999999999999" }],
  ["/3/0/13", { type: "opaque", value: "***" }],
  ["/3/0/13", { type: "objlnk", value: "3" }],
  ["/3/0/6/1", { type: "multiple", values: {} }],
] as const)("what cannot be written at %s is refused before it is sent: %j", async (path, value) => {
  await expect(world.admin.operation.write({ deviceId, path, value })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("while a campaign drives a light, its firmware object may be read but not touched", async () => {
  const packageId = await addPackage(world);
  const campaign = await world.admin.campaign.create({
    name: "Spring",
    packageId,
    target: { kind: "devices", deviceIds: [deviceId] },
    waves: [{ name: "All", percent: 100, gate }],
  });
  const [job] = (await world.admin.campaign.jobs({ id: campaign.id })).items;
  await world.services.db.job.update({ where: { id: job?.id ?? "" }, data: { state: "downloading" } });
  const value = { type: "string", value: "" } as const;
  await expect(world.admin.operation.write({ deviceId, path: "/5/0/1", value })).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining('Campaign "Spring"'),
  });
  await expect(world.admin.operation.execute({ deviceId, path: "/5/0/2" })).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await world.admin.operation.read({ deviceId, path: "/5/0" })).toMatchObject({ kind: "ok" });
  await expect(world.admin.device.remove({ ids: [deviceId] })).rejects.toMatchObject({ code: "CONFLICT" });
  expect((await world.admin.device.get({ id: deviceId })).activeJob).toMatchObject({ campaignName: "Spring" });
});

test("what was observed together ends together, and every attribute of 1.2 can be written", async () => {
  const path = "/3/0/0 /1/0/7";
  expect(await world.admin.operation.cancelObservation({ deviceId, path })).toMatchObject({ kind: "ok" });
  for (const wrong of ["/3/0/0  /1/0/7", "/3/0/0 ", " ", "/3/0/0,/1/0/7"]) {
    await expect(world.admin.operation.cancelObservation({ deviceId, path: wrong })).rejects.toThrow(/Paths look like/);
  }
  const attributes = { epmin: "1", epmax: "20", edge: "1", con: "1", hqmax: "5" };
  expect(await world.admin.operation.writeAttributes({ deviceId, path: "/3/0/9", attributes })).toMatchObject({
    kind: "ok",
  });
});
