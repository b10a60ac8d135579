import fc from "fast-check";
import { expect, test } from "vitest";
import { MalformedInput } from "../malformed-input.ts";
import { configurationOf } from "../testing/bootstrap.ts";
import { bytes, hex } from "../testing/bytes.ts";
import { decodeFactoryFile, encodeFactoryFile } from "./factory-file.ts";
import { provisionedObjects } from "./provisioning.ts";
import { decodeSmartcardFile, encodeSmartcardFile } from "./smartcard-file.ts";

const rights = [{ shortServerId: 1, rights: 31 }];
const objects = provisionedObjects(
  configurationOf({
    security: [
      { uri: "coap://192.0.2.2:5783", isBootstrapServer: true, credentials: { mode: "no-sec" } },
      {
        uri: "coaps://192.0.2.1:5684",
        isBootstrapServer: false,
        credentials: { mode: "psk", identity: "light-1", key: "00ff" },
        shortServerId: 1,
      },
    ],
    accessControl: [{ object: 3, instance: 0, rights, owner: 65_535 }],
  }),
);

test("a card file and a factory file give back what was written", () => {
  expect(decodeSmartcardFile(encodeSmartcardFile(objects))).toEqual(objects);
  expect(decodeFactoryFile(encodeFactoryFile({ endpoint: "light-1", objects }))).toEqual({
    endpoint: "light-1",
    objects,
  });
});

test("the bootstrap account is instance 0 of object 0, and the server comes after it", () => {
  expect(objects.map(({ object, instances }) => [object, [...instances.keys()]])).toEqual([
    [0, [0, 1]],
    [1, [0]],
    [2, [0]],
  ]);
});

test("a card file is laid out as the specification has it (OMA TS LightweightM2M 1.0.2, Appendix G.3.3)", () => {
  const [server] = provisionedObjects(configurationOf({ security: [] }));
  expect(hex(encodeSmartcardFile([server!]))).toBe(
    // One object, 23 bytes; object 1, version implied, 18 bytes; instance 0 with ids 0, 1, 6 and 7.
    "00 01 00 17 00 01 00 00 12 08 00 0F C1 00 01 C4 01 00 01 51 80 C1 06 00 C1 07 55",
  );
});

test("a card file may name versions, and may be padded", () => {
  const file = bytes("0001 000C 0001 0102 0006 0800 03C1 0001 FFFF");
  expect(() => decodeSmartcardFile(file)).not.toThrow();
});

test("card files that are cut, too long or count wrong are refused", () => {
  const whole = encodeSmartcardFile(objects);
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeSmartcardFile(whole.subarray(0, length)), `${length} bytes`).toThrow(MalformedInput);
  }
  const miscounted = whole.slice();
  miscounted[1]!--;
  expect(() => decodeSmartcardFile(miscounted)).toThrow(MalformedInput);
  expect(() => decodeSmartcardFile(new Uint8Array(40_000))).toThrow(MalformedInput);
});

test("any bytes are a card file or are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (file) => {
      try {
        decodeSmartcardFile(file);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedInput);
      }
    }),
  );
});

test("factory files with something else in them are refused, and the place is named", () => {
  const wrong: [string, string][] = [
    ["", "JSON"],
    ["[]", "object"],
    ["{}", "lwm2m-provisioning"],
    [file({ 5: {} }), "/5"],
    [file({ 0: { x: {} } }), "x"],
    [file({ 0: { 0: { 99: "1" } } }), "/0/0/99"],
    [file({ 1: { 0: { 1: 5 } } }), "/1/0/1"],
    [file({ 1: { 0: { 1: "soon" } } }), "/1/0/1"],
    [file({ 2: { 0: { 2: "1" } } }), "/2/0/2"],
    [file(null), "objects"],
  ];
  for (const [json, place] of wrong) expect(() => decodeFactoryFile(json), json).toThrow(place);
});

function file(content: unknown): string {
  return JSON.stringify({ format: "lwm2m-provisioning", version: 1, objects: content });
}
