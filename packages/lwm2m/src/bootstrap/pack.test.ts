import { expect, test } from "vitest";
import { configurationOf } from "../testing/bootstrap.ts";
import { BootstrapWorld } from "../testing/bootstrap-world.ts";
import { decodeAccount, decodePack, encodeAccount, encodePack, formatNumbers } from "./content.ts";
import { planWrites } from "./plan.ts";
import { provisionedObjects } from "./provisioning.ts";

const rights = [
  { shortServerId: 1, rights: 31 },
  { shortServerId: 0, rights: 1 },
];
const full = configurationOf({ accessControl: [{ object: 3, instance: 0, rights, owner: 65_535 }] });
const instancesIn = (payload: Uint8Array, format = 112) =>
  decodePack(payload, format).map((node) => [node.object, [...node.instances.keys()]]);

test("ETS 12, Bootstrap-Pack-Request: everything in one answer, beside the bootstrap account that the client names", async () => {
  const world = new BootstrapWorld(full);
  const { answer, payload, format } = await world.client().pack(["ep=light-1", "acc=0"], 112);
  expect([answer, format]).toEqual(["2.05", 112]);
  expect(instancesIn(payload)).toEqual([
    [0, [1]],
    [1, [0]],
    [2, [0]],
  ]);
  expect(world.outcomes).toEqual(["packed"]);
  expect(world.store.records[0]).toMatchObject({ trigger: "pack", configurationName: "everybody" });
});

test("a pack is what was asked for: CBOR or JSON, CBOR unless said", async () => {
  const world = new BootstrapWorld(full);
  const client = world.client();
  const json = await client.pack(["ep=light-1", "acc=1"], 110);
  expect(instancesIn(json.payload, 110)[0]).toEqual([0, [0]]);
  expect(new TextDecoder().decode(json.payload)).toContain("coap://192.0.2.1:5683");
  expect((await client.pack(["ep=light-1"])).format).toBe(112);
});

test("without word of the bootstrap account, numbers that devices use for it are left alone", async () => {
  const { payload } = await new BootstrapWorld().client().pack(["ep=light-1"], 112);
  expect(instancesIn(payload)[0]).toEqual([0, [2]]);
});

test("a pack in another format is 4.06, for nobody we know 4.04, of a server without packs 5.01, unreadable 4.00", async () => {
  const world = new BootstrapWorld();
  expect((await world.client().pack(["ep=light-1"], 11542)).answer).toBe("4.06");
  expect((await world.client("192.0.2.8:1").pack([], 112)).answer).toBe("4.00");
  world.store.byDefault = undefined;
  expect((await world.client("192.0.2.9:1").pack(["ep=light-1"], 112)).answer).toBe("4.04");
  expect(world.outcomes).toEqual(["refused"]);
  const without = new BootstrapWorld({}, { givesPacks: false });
  expect((await without.client().pack(["ep=light-1"], 112)).answer).toBe("5.01");
});

test("a pack replaces a bootstrap of the same device that is under way", async () => {
  const world = new BootstrapWorld();
  const client = world.client().on("PUT /0/0", () => undefined);
  await client.bootstrap();
  await client.pack(["ep=light-1"], 112);
  expect(world.outcomes).toEqual(["replaced", "packed"]);
  expect(world.server.running).toBe(0);
});

test("a device is written to in the format of the configuration, else in the one it prefers", async () => {
  for (const [format, query, number] of [
    [undefined, "pct=112", 112],
    [undefined, "pct=110", 110],
    ["senml-json", "pct=112", 110],
    ["tlv", "pct=112", 11542],
  ] as const) {
    const world = new BootstrapWorld({ format });
    const client = world.client();
    await client.bootstrap(["ep=light-1", query]);
    const writes = client.requests.filter(({ method }) => method === 3);
    expect(writes.map(({ contentFormat }) => contentFormat)).toEqual([number, number]);
    const [security] = writes;
    expect(decodeAccount(security!.payload, number, { object: 0, instance: 0 })).toEqual(
      planWrites(configurationOf(), { bootstrapInstance: 1, instances: [] })[0]?.node,
    );
  }
});

test("accounts come back from every format as they were written", () => {
  for (const { object, node } of planWrites(full, undefined)) {
    const path = { object, instance: node.instance };
    for (const format of ["tlv", "senml-cbor", "senml-json"] as const) {
      expect(decodeAccount(encodeAccount(node, path, format), formatNumbers[format], path)).toEqual(node);
    }
  }
  const objects = provisionedObjects(full);
  expect(decodePack(encodePack(objects, "senml-json"), 110)).toEqual(objects);
});
