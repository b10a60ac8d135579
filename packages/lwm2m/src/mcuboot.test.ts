import { expect, test } from "vitest";
import { isMcuboot, readMcubootHeader, writeMcubootHeader } from "./mcuboot.ts";
import { bytes, hex } from "./testing/bytes.ts";
import { fc } from "./testing/properties.ts";

const printed = "3D B8 F3 96 00 00 00 00 20 00 00 00 00 04 00 00 00 00 00 00 02 05 2C 01 07 00 00 00 00 00 00 00";

test("a header is written as the boot loader reads it, and read back", () => {
  const header = writeMcubootHeader({ major: 2, minor: 5, revision: 300, build: 7, imageBytes: 1_024 });
  expect(hex(header)).toBe(printed);
  expect(readMcubootHeader(header, 32 + 1_024)).toEqual({
    version: "2.5.300",
    major: 2,
    minor: 5,
    revision: 300,
    build: 7,
    loadAddress: 0,
    headerBytes: 32,
    protectedTlvBytes: 0,
    imageBytes: 1_024,
    flags: 0,
  });
});

test("a header inside a larger buffer is read from its own place", () => {
  const buffer = new Uint8Array(100);
  buffer.set(bytes(printed), 7);
  expect(readMcubootHeader(buffer.subarray(7), 2_000).version).toBe("2.5.300");
});

test.each<[string, (header: Uint8Array) => Uint8Array, RegExp]>([
  ["too short", (header) => header.subarray(0, 31), /31 bytes/],
  ["empty", () => new Uint8Array(), /0 bytes/],
  ["of another kind", (header) => header.with(0, 0), /magic/],
  ["with a header size of nothing", (header) => header.with(8, 0), /header of 0/],
  ["shorter than it promises", (header) => header.with(14, 1), /promises/],
])("an image %s is refused", (_, spoil, why) => {
  expect(() => readMcubootHeader(spoil(bytes(printed)), 2_000)).toThrow(why);
  expect(() => readMcubootHeader(spoil(bytes(printed)), 2_000)).toThrow(
    expect.objectContaining({ name: "MalformedInput" }),
  );
});

test("numbers that do not fit the header are refused", () => {
  const fine = { major: 1, minor: 0, revision: 0, imageBytes: 0 };
  for (const wrong of [
    { major: 256 },
    { minor: -1 },
    { revision: 65_536 },
    { imageBytes: 2 ** 32 },
    { build: 0.5 },
    { headerBytes: 31 },
  ]) {
    expect(() => writeMcubootHeader({ ...fine, ...wrong })).toThrow(RangeError);
  }
});

test("any version survives, and any bytes are either a header or refused", () => {
  const part = fc.nat(255);
  fc.assert(
    fc.property(part, part, fc.nat(65_535), (major, minor, revision) => {
      expect(readMcubootHeader(writeMcubootHeader({ major, minor, revision, imageBytes: 0 })).version).toBe(
        `${major}.${minor}.${revision}`,
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (image) => {
      if (isMcuboot(image)) return;
      expect(() => readMcubootHeader(image)).toThrow(expect.objectContaining({ name: "MalformedInput" }));
    }),
  );
});
