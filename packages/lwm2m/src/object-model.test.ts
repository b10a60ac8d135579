import { expect, test } from "vitest";
import { knownObjects } from "./models/known-objects.ts";
import type { ResourceModel } from "./object-model.ts";
import { DeviceModels, objectVersion } from "./object-version.ts";
import { registrationOf } from "./testing/registrations.ts";
import { readRange } from "./value-range.ts";

const models = knownObjects();

test("the objects of devices and of lights are known, in all their versions", () => {
  const ids = [
    0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 16, 3303, 3305, 3311, 3342, 3410, 3416, 3417, 3418, 3419, 3430, 3452, 3458,
  ];
  expect(ids.filter((id) => !models.find(id))).toEqual([]);
  expect([...models.all()].filter(({ id }) => id === 5).map(({ version }) => version)).toEqual(["1.0", "1.1", "1.2"]);
});

test("the Firmware Update object is as the specification prints it", () => {
  const firmware = models.find(5, "1.0");
  expect(firmware?.resources.get(0)).toEqual({
    id: 0,
    name: "Package",
    operations: "W",
    multiple: false,
    mandatory: true,
    type: "opaque",
    range: "",
    units: "",
  });
  expect(firmware?.resources.get(3)).toMatchObject({ name: "State", operations: "R", type: "integer", range: "0..3" });
  expect(firmware?.resources.get(2)).not.toHaveProperty("type");
  expect(["1.0", "1.1", "1.2"].map((version) => models.find(5, version)?.resources.size)).toEqual([9, 13, 14]);
});

test("a version that is not known is taken for the newest of its major version, else the newest", () => {
  expect(models.find(5)?.version).toBe("1.2");
  expect(models.find(5, "1.9")?.version).toBe("1.2");
  expect(models.find(3416, "1.7")?.version).toBe("1.0");
  expect(models.find(3416, "7.0")?.version).toBe("2.0");
  expect(models.find(31_337)).toBeUndefined();
});

test("what can be executed has no type, and everything else has one", () => {
  for (const { resources } of models.all()) {
    for (const { operations, type } of resources.values()) expect(type === undefined).toBe(operations === "E");
  }
});

test("every range can be read", () => {
  for (const { resources } of models.all()) {
    for (const { range } of resources.values()) expect(readRange(range) === undefined).toBe(range === "");
  }
  expect(readRange("16, 32 or 48 bytes")).toEqual({ kind: "byte-choices", lengths: [16, 32, 48] });
  expect(readRange("-1..1")).toEqual({ kind: "number", min: -1, max: 1 });
});

test("an object's version is the announced one, else what the protocol version implies", () => {
  const objects = [
    { object: 3, version: "1.0", instances: [0] },
    { object: 4, instances: [0] },
  ];
  expect(objectVersion(registrationOf({ version: "1.1", objects }), 3)).toBe("1.0");
  expect(objectVersion(registrationOf({ version: "1.1", objects }), 4)).toBe("1.2");
  expect(objectVersion(registrationOf({ version: "1.0", objects }), 4)).toBe("1.0");
  expect(objectVersion(registrationOf({ version: "1.2", objects }), 5)).toBe("1.1");
});

test("resources of a newer version than announced are still readable", () => {
  const found = new DeviceModels(models).find(registrationOf({ version: "1.0" }), 5);
  expect(found?.version).toBe("1.0");
  expect(found?.resources.get(10)?.name).toBe("Cancel");
});

test("a definition put in or taken out while devices are operated holds from the next look", () => {
  const models = knownObjects();
  const devices = new DeviceModels(models);
  const device = registrationOf({ objects: [{ object: 31_337, version: "1.0", instances: [0] }] });
  expect(devices.find(device, 31_337)).toBeUndefined();
  const model = (version: string, resource: number) => ({
    id: 31_337,
    name: `Version ${version}`,
    urn: "",
    version,
    multiple: false,
    mandatory: false,
    resources: new Map([
      [resource, { ...(models.find(5)?.resources.get(3) as ResourceModel), id: resource, name: `R${resource}` }],
    ]),
  });
  models.put(model("1.0", 0));
  models.put(model("1.1", 1));
  expect([...(devices.find(device, 31_337)?.resources.keys() ?? [])].sort()).toEqual([0, 1]);
  models.put(model("1.1", 2));
  expect([...(devices.find(device, 31_337)?.resources.keys() ?? [])].sort()).toEqual([0, 2]);
  // What another major version calls 3 may be something else.
  models.put(model("2.0", 3));
  expect([...(devices.find(device, 31_337)?.resources.keys() ?? [])].sort()).toEqual([0, 2]);
  models.remove(31_337, "1.1");
  models.remove(31_337, "1.0");
  expect(models.get(31_337, "1.0")).toBeUndefined();
  models.remove(31_337, "2.0");
  expect(devices.find(device, 31_337)).toBeUndefined();
});

test("a range in words bounds nothing", () => {
  expect(readRange("at most 64 bytes")).toBeUndefined();
  expect(readRange("16, 32 or 48 bytes")).toEqual({ kind: "byte-choices", lengths: [16, 32, 48] });
  expect(readRange("-1.5..1.5")).toEqual({ kind: "number", min: -1.5, max: 1.5 });
});
