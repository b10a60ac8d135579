import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import { expect, test } from "vitest";
import { readFormats, writeFormats } from "./content-negotiation.ts";
import { MemoryRegistrationStore } from "./memory-registration-store.ts";
import { knownObjects } from "./models/known-objects.ts";
import { instance, single } from "./node.ts";
import { parsePath } from "./path.ts";
import { utf8 } from "./testing/bytes.ts";
import { senmlCbor, senmlJson } from "./testing/peer-encoding.ts";
import { TestWorld } from "./testing/world.ts";
import { integer, opaque, text } from "./value.ts";

const models = knownObjects();
const formats = (path: string, version: "1.0" | "1.1" | "1.2", contentFormats: readonly number[] = []) => {
  const place = parsePath(path);
  return readFormats(place, models.find(place.object), { version, contentFormats });
};
const whole = instance(0, [single(14, text("+02:00"))]);

test("each version is asked in its own formats, those first that the device announced", () => {
  expect(formats("/3/0", "1.0")).toEqual([11_542, 11_543]);
  expect(formats("/3/0", "1.1")).toEqual([11_542, 112, 110]);
  expect(formats("/3/0", "1.2")).toEqual([11_542, 11_544, 112, 110]);
  expect(formats("/3/0", "1.1", [110])).toEqual([110, 11_542, 112]);
  expect(formats("/3/0", "1.2", [112, 11_544])).toEqual([11_544, 112, 11_542, 110]);
  expect(formats("/3/0", "1.0", [110, 11_543])).toEqual([11_543, 11_542]);
  expect(writeFormats(whole, { version: "1.1", contentFormats: [112] })).toEqual([112, 11_542, 110]);
});

test("one value is asked for as text or as bytes first", () => {
  expect(formats("/3/0/9", "1.1", [110])).toEqual([0, 110, 11_542, 112, 60]);
  expect(formats("/3/0/9", "1.0")).toEqual([0, 11_542, 11_543]);
  expect(formats("/2048/0/1", "1.1")[0]).toBe(11_542);
  expect(formats("/3/0/11", "1.1")).toEqual([11_542, 112, 110, 0]);
  expect(writeFormats(single(0, opaque(Uint8Array.of(1))), { version: "1.1", contentFormats: [] })[0]).toBe(42);
});

const maker = [
  { path: "/3/0/0", value: "Maker" },
  { path: "/3/0/9", value: 80 },
];
test.each([
  ["1.0", 11_543, utf8('{"bn":"/3/0/","e":[{"n":"0","sv":"Maker"},{"n":"9","v":80}]}')],
  ["1.1", 110, senmlJson(maker)],
  ["1.1", 112, senmlCbor(maker)],
] as const)(
  "a %s device that speaks nothing but %i is read and written in it, at once the second time",
  async (version, only, payload) => {
    const world = await TestWorld.started();
    const device = world.device();
    await device.register({ query: [`lwm2m=${version}`] });
    const written = ({ contentFormat }: IncomingRequest) => ({ code: contentFormat === only ? 0x44 : 0x8f });
    device
      .on("GET /3/0", ({ accept }) => (accept === only ? { code: 0x45, contentFormat: only, payload } : { code: 0x86 }))
      .on("POST /3/0", written);
    const read = () => world.settle(world.server.read("light-1", "/3/0"));
    const value = instance(0, [single(0, text("Maker")), single(9, integer(80))]);
    expect(await read()).toMatchObject({ kind: "ok", value });
    device.requests.length = 0;
    expect(await read()).toMatchObject({ kind: "ok", value });
    expect(await world.settle(world.server.write("light-1", "/3/0", whole, { mode: "partial" }))).toMatchObject({
      kind: "ok",
    });
    expect(device.requests.map(({ accept, contentFormat }) => accept ?? contentFormat)).toEqual([only, only]);
  },
);

test("what a device refused is remembered over its registrations, until it says something else of its formats", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  const answer = { code: 0x45, contentFormat: 110, payload: senmlJson(maker) };
  device.on("GET /3/0", ({ accept }) => (accept === 110 ? answer : { code: 0x86 }));
  const asked = async () => {
    device.requests.length = 0;
    await world.settle(world.server.read("light-1", "/3/0"));
    return device.requests.map(({ accept }) => accept);
  };
  await device.register({ query: ["lwm2m=1.1"] });
  expect(await asked()).toEqual([11_542, 112, 110]);
  await device.register({ query: ["lwm2m=1.1"] });
  expect(await asked()).toEqual([110]);
  await device.register({ query: ["lwm2m=1.2"] });
  expect((await asked())[0]).toBe(11_542);
});

test("after a restart of the server a device is asked once more in each format, and then remembered again", async () => {
  const store = new MemoryRegistrationStore();
  const before = await TestWorld.started({ store });
  await before.device().register({ query: ["lwm2m=1.1"] });
  const world = await TestWorld.started({ store });
  const device = world.device();
  const answer = { code: 0x45, contentFormat: 110, payload: senmlJson(maker) };
  device.on("GET /3/0", ({ accept }) => (accept === 110 ? answer : { code: 0x86 }));
  const read = () => world.settle(world.server.read("light-1", "/3/0"));
  await read();
  await read();
  expect(device.requests.map(({ accept }) => accept)).toEqual([11_542, 112, 110, 110]);
});
