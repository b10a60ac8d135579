import { Readable } from "node:stream";
import { writeMcubootHeader } from "@lamplighter/lwm2m/mcuboot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { receiveFirmware, uploadFields } from "./receive.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const actor = { id: "user-1", name: "Ada", email: "", role: "administrator" };
const upload = (body: Uint8Array | Readable, fields: Record<string, string>, who = actor) =>
  receiveFirmware(world.services, {
    actor: who,
    fields: uploadFields.parse(fields),
    body: body instanceof Readable ? body : Readable.from([Buffer.from(body)]),
  });

function image(major: number, minor: number, revision: number): Uint8Array {
  const body = new Uint8Array(200).fill(revision);
  const header = writeMcubootHeader({ major, minor, revision, build: 7, imageBytes: body.length });
  return Buffer.concat([header, body]);
}

test("an MCUboot image says its version itself", async () => {
  const view = await upload(image(2, 1, 300), { name: "Lamp", models: "L1, L2,", fileName: "lamp.bin" });
  expect(view).toMatchObject({
    version: "2.1.300",
    headerVersion: "2.1.300",
    format: "mcuboot",
    models: ["L1", "L2"],
    bytes: 232,
  });
  expect(Buffer.from(await world.services.blobs.read(view.sha256))).toEqual(Buffer.from(image(2, 1, 300)));
});

test("the same version for the same models is refused, for others it is not", async () => {
  await expect(upload(image(2, 1, 300), { name: "Again", models: "L2,L1" })).rejects.toMatchObject({
    reason: "name-taken",
  });
  expect((await upload(image(2, 1, 300), { name: "Other", models: "L3" })).version).toBe("2.1.300");
});

test.each([
  ["no bytes", new Uint8Array(0), { name: "X", version: "1" }, "invalid-input", /empty/],
  ["no version", new Uint8Array(40), { name: "X" }, "invalid-input", /does not say its version/],
  ["a cut image", image(9, 9, 9).slice(0, 100), { name: "X" }, "invalid-input", /damaged/],
  ["too many bytes", new Uint8Array(1024 * 1024 + 1), { name: "X", version: "1" }, "too-large", /1 MiB/],
] as const)("%s is refused in words and leaves nothing behind", async (_, bytes, fields, reason, words) => {
  const before = await world.services.db.blob.count();
  await expect(upload(bytes, fields)).rejects.toMatchObject({ reason, message: expect.stringMatching(words) });
  expect(await world.services.db.blob.count()).toBe(before);
});

test("an upload that breaks off leaves nothing behind", async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(1_000);
      throw new Error("the line went dead");
    })(),
  );
  await expect(upload(broken, { name: "X", version: "5" })).rejects.toThrow(/line went dead/);
  expect(await world.services.db.package.count({ where: { version: "5" } })).toBe(0);
});

test("a viewer may not upload", async () => {
  await expect(upload(image(1, 0, 0), { name: "X" }, { ...actor, role: "viewer" })).rejects.toMatchObject({
    reason: "forbidden",
  });
});

test("a removed package takes its bytes along unless another package has the same", async () => {
  const [first, second] = await world.admin.firmware.list();
  if (!first || !second) throw new Error("two packages were expected");
  await world.admin.firmware.remove({ id: first.id });
  expect((await world.services.blobs.read(second.sha256)).length).toBe(232);
  await world.admin.firmware.remove({ id: second.id });
  await expect(world.services.blobs.read(second.sha256)).rejects.toThrow();
});
