import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { loadDefinitions } from "./registry.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.database.prisma.user.create({ data: { id: "user-1", name: "Ada", email: "ada@example.org" } as never });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.database.prisma.registration.deleteMany();
  for (const { objectId, version } of await world.database.prisma.objectDefinition.findMany()) {
    await world.admin.objectModel.remove({ id: objectId, version });
  }
});

const ddf = ({ id = 33_000, version = "1.0", type = "Integer", name = "Level", extra = "" } = {}) =>
  `<LWM2M><Object><Name>Bench</Name><Description1>Of wood</Description1><ObjectID>${id}</ObjectID><ObjectURN></ObjectURN>
<ObjectVersion>${version}</ObjectVersion><MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory><Resources>
<Item ID="0"><Name>${name}</Name><Operations>RW</Operations><MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory><Type>${type}</Type><RangeEnumeration>0..9</RangeEnumeration><Units></Units><Description>How high</Description></Item>
${extra}</Resources></Object></LWM2M>`;
const upload = (text: string, options: { replace?: boolean; as?: string } = {}) =>
  world.as(options.as ?? "supervisor").objectModel.upload({
    fileName: "bench.xml",
    base64: Buffer.from(text).toString("base64"),
    replace: options.replace ?? false,
  });
async function register(endpoint: string, objects: unknown, version = "1.1") {
  const at = new Date(0);
  await world.database.prisma.registration.create({
    data: {
      ...{
        id: endpoint,
        endpoint,
        version,
        lifetimeSeconds: 60,
        binding: "U",
        queueMode: false,
        address: "a",
        node: "n",
      },
      ...{
        rootPath: [],
        contentFormats: [],
        attributes: {},
        registeredAt: at,
        lastSeenAt: at,
        objects: objects as never,
      },
    },
  });
}

test("an uploaded definition is listed with who sent it, serves a light's object tree at once, and outlives a restart", async () => {
  await world.addLights([{ id: "bench", endpoint: "bench" }]);
  await register("bench", [{ object: 33_000, instances: [0] }]);
  expect((await world.admin.device.objects({ id: "bench" }))[0]).toMatchObject({ known: false, name: "Object 33000" });
  await expect(upload(ddf())).resolves.toEqual({
    objects: [{ id: 33_000, version: "1.0", name: "Bench", resources: 1, outcome: "added" }],
    notes: [],
  });
  expect((await world.admin.device.objects({ id: "bench" }))[0]).toMatchObject({
    known: true,
    name: "Bench",
    instances: [{ resources: [{ path: "/33000/0/0", name: "Level", type: "integer", range: "0..9" }] }],
  });
  expect(await world.as("viewer").objectModel.list({ search: "33000" })).toMatchObject([
    { id: 33_000, version: "1.0", source: "uploaded", lights: 1, resources: 1 },
  ]);
  expect(await world.as("viewer").objectModel.get({ id: 33_000, version: "1.0" })).toMatchObject({
    ...{ fileName: "bench.xml", uploadedBy: "Ada", description: "Of wood" },
    definition: [{ id: 0, description: "How high" }],
  });
  const restarted = knownObjects();
  await loadDefinitions(world.services.db, restarted);
  expect(restarted.get(33_000, "1.0")).toEqual(world.services.models.get(33_000, "1.0"));
  const event = await world.database.prisma.event.findFirstOrThrow({ where: { kind: "object-model.added" } });
  expect(event.message).toBe("Uploaded the definition of object 33000 version 1.0 (Bench).");
});

test("versions stand side by side, and each light is served by the one that it registered with", async () => {
  await upload(ddf({ name: "Old" }));
  await upload(ddf({ version: "2.0", name: "New" }));
  await world.addLights([
    { id: "old", endpoint: "old" },
    { id: "new", endpoint: "new" },
  ]);
  await register("old", [{ object: 33_000, instances: [0] }]);
  await register("new", [{ object: 33_000, version: "2.0", instances: [0] }]);
  const nameAt = async (id: string) => (await world.admin.device.objects({ id }))[0]?.instances[0]?.resources[0]?.name;
  expect([await nameAt("old"), await nameAt("new")]).toEqual(["Old", "New"]);
  expect(
    (await world.admin.objectModel.list({ search: "bench" })).map(({ version, lights }) => [version, lights]),
  ).toEqual([
    ["1.0", 1],
    ["2.0", 1],
  ]);
});

test("what is there already is left alone when it is the same, and replaced only when asked to", async () => {
  await upload(ddf());
  expect((await upload(ddf())).objects[0]?.outcome).toBe("unchanged");
  await expect(upload(ddf({ name: "Height" }))).rejects.toThrow(/is there already. Ask to replace it/);
  expect((await upload(ddf({ name: "Height" }), { replace: true })).objects[0]?.outcome).toBe("replaced");
  expect(world.services.models.get(33_000, "1.0")?.resources.get(0)?.name).toBe("Height");
});

test("while lights are operated by a definition it is not removed, nor replaced by one that means something else", async () => {
  await upload(ddf());
  await register("bench", [{ object: 33_000, version: "1.0", instances: [0] }]);
  await expect(world.admin.objectModel.remove({ id: 33_000, version: "1.0" })).rejects.toThrow(
    /One registered light is operated/,
  );
  await expect(upload(ddf({ type: "String" }), { replace: true })).rejects.toThrow(
    /would change the type of resource 0/,
  );
  expect((await upload(ddf({ name: "Height" }), { replace: true })).objects[0]?.outcome).toBe("replaced");
  await world.database.prisma.registration.deleteMany();
  expect((await upload(ddf({ type: "String" }), { replace: true })).objects[0]?.outcome).toBe("replaced");
  await world.admin.objectModel.remove({ id: 33_000, version: "1.0" });
  expect(world.services.models.get(33_000, "1.0")).toBeUndefined();
});

test("what comes with the program is neither replaced nor removed", async () => {
  await expect(upload(ddf({ id: 5, version: "1.0" }), { replace: true })).rejects.toThrow(
    /comes with the program and stays/,
  );
  await expect(world.admin.objectModel.remove({ id: 5, version: "1.0" })).rejects.toThrow(/comes with the program/);
  expect(world.services.models.get(5, "1.0")?.name).toBe("Firmware Update");
});

test("a faulty file is refused with its line, whole, and stores nothing", async () => {
  const two = ddf().replace("</LWM2M>", ddf({ id: 65_536 }).replace("<LWM2M>", ""));
  await expect(upload(two)).rejects.toThrow(/^Line 4: "65536" is not an object id/);
  await expect(upload(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${ddf()}`)).rejects.toThrow(
    /^Line 1: Document types/,
  );
  await expect(upload(" ".repeat(3_000_000))).rejects.toThrow(/too large.*1024 KiB/);
  expect(await world.database.prisma.objectDefinition.count()).toBe(0);
});

test("who may only look uploads and removes nothing", async () => {
  await expect(upload(ddf(), { as: "viewer" })).rejects.toThrow(/does not include "model.write"/);
  await expect(world.as("operator").objectModel.remove({ id: 33_000, version: "1.0" })).rejects.toThrow(/model.write/);
  await expect(world.as(undefined).objectModel.list()).rejects.toThrow(/not signed in/);
});

test("who looks on is told when definitions come, change and go, and not when nothing changed", async () => {
  const left = new AbortController();
  const { live } = world.services;
  const events = live.follow({ topics: ["definitions"] }, { signal: left.signal, hasRoom: () => true });
  // The first event names a place in the stream; a follower of definitions alone is told of nothing else.
  await events.next();
  let told = 0;
  const listening = (async () => {
    for await (const { event } of events) if (event.kind === "definitions-changed") told++;
  })();
  const after = async (change: Promise<unknown>) => {
    await change;
    await live.tell();
    await new Promise((resolve) => setImmediate(resolve));
    return told;
  };
  expect(await after(upload(ddf()))).toBe(1);
  expect(await after(upload(ddf()))).toBe(1);
  expect(await after(upload(ddf({ name: "Height" }), { replace: true }))).toBe(2);
  expect(await after(world.admin.objectModel.remove({ id: 33_000, version: "1.0" }))).toBe(3);
  left.abort();
  await listening;
});
