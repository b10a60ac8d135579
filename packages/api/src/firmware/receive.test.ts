import { readdirSync } from "node:fs";
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

/** Everything on the disk below the folder of blobs, relative to it. */
const filesKept = () =>
  readdirSync(world.blobsFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();

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

test("a change of what is said of a package keeps the rules of its upload", async () => {
  const [ours] = (await world.admin.firmware.list({})).filter(({ name }) => name === "Other");
  const change = (given: object) => world.admin.firmware.update({ id: ours?.id ?? "", ...given });
  await expect(change({ models: ["L2", "L1"] })).rejects.toMatchObject({ code: "CONFLICT" });
  for (const given of [{ name: "two\nlines" }, { models: ["L\u001b[31m"] }, { notes: "ring\u0007" }]) {
    await expect(change(given)).rejects.toMatchObject({ code: "BAD_REQUEST" });
  }
  expect(await change({ models: ["L3"], notes: "as it was" })).toMatchObject({ models: ["L3"], notes: "as it was" });
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
  const before = filesKept();
  await expect(upload(broken, { name: "X", version: "5" })).rejects.toThrow(/line went dead/);
  expect(filesKept()).toEqual(before);
  expect(await world.services.db.package.count({ where: { version: "5" } })).toBe(0);
});

/** The bytes come in pieces, and each piece waits until somebody lets it go. */
function held(bytes: Uint8Array) {
  let letGo = () => {};
  const asked = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const body = Readable.from(
    (async function* () {
      yield Buffer.from(bytes.subarray(0, 100));
      await asked;
      yield Buffer.from(bytes.subarray(100));
    })(),
  );
  return { body, letGo };
}

test("of many uploads of one image at once one is taken, the others are told, and its bytes stay", async () => {
  const bytes = image(4, 0, 1);
  const before = filesKept();
  const uploads = Array.from({ length: 6 }, () => held(bytes));
  const answers = uploads.map(({ body }) => upload(body, { name: "Race" }));
  for (const { letGo } of uploads) letGo();
  const ends = await Promise.allSettled(answers);
  const taken = ends.filter((end) => end.status === "fulfilled");
  expect(taken).toHaveLength(1);
  for (const end of ends) {
    if (end.status === "rejected") expect(end.reason).toMatchObject({ reason: "name-taken" });
  }
  const value = taken[0]?.value ?? { id: "", sha256: "" };
  expect(Buffer.from(await world.services.blobs.read(value.sha256))).toEqual(Buffer.from(bytes));
  expect(filesKept()).toEqual([...before, value.sha256].sort());
  await world.admin.firmware.remove({ id: value.id });
  expect(filesKept()).toEqual(before);
});

test("the same bytes as two versions are both taken, also while a third is removed", async () => {
  const bytes = new Uint8Array(300).fill(7);
  const old = await upload(bytes, { name: "Old", version: "7.0" });
  const [first, second] = await Promise.all([
    upload(bytes, { name: "A", version: "7.1" }),
    upload(bytes, { name: "B", version: "7.2" }),
    world.admin.firmware.remove({ id: old.id }),
  ]);
  expect((await world.services.blobs.read(first.sha256)).length).toBe(300);
  for (const { id } of [first, second]) await world.admin.firmware.remove({ id });
  expect(filesKept()).not.toContain(first.sha256);
});

test.each([
  ["a NUL in the name", { name: "a\0b" }],
  ["a line end in the name", { name: "a\nb" }],
  ["half a character in the vendor", { name: "a", vendor: "\ud800" }],
  ["a bell in the notes", { name: "a", notes: "ding\x07" }],
  ["an escape in a model", { name: "a", models: "L1,\x1b[2J" }],
  ["a NUL in the file's name", { name: "a", fileName: "a\0.bin" }],
  ["a control character in the version", { name: "a", version: "1\x7f" }],
  ["a name of a thousand letters", { name: "a".repeat(1_000) }],
  ["notes of a megabyte", { name: "a", notes: "a".repeat(1_000_000) }],
] as const)("%s is refused in words", (_, fields) => {
  const parsed = uploadFields.safeParse(fields);
  expect(parsed.error?.issues[0]?.message).toMatch(/[a-z]/);
});

test("notes may have lines and tabs", () => {
  expect(uploadFields.parse({ name: "a", notes: "one\r\n\ttwo" }).notes).toBe("one\r\n\ttwo");
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
