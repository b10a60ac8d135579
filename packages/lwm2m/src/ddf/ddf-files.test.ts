import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDdf } from "./ddf.ts";
import { readDdfRange } from "./ddf-range.ts";

/** Whole files in the shape of OMA's registry, as downloaded, and as editors on other systems save them. */
const file = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => {
  const bytes = new Uint8Array(2 * text.length);
  for (let at = 0; at < text.length; at++) new DataView(bytes.buffer).setUint16(2 * at, text.charCodeAt(at), true);
  return bytes;
};

const saved: readonly (readonly [string, (text: string) => Uint8Array])[] = [
  ["as it is", utf8],
  ["with a byte order mark", (text) => utf8(`\ufeff${text}`)],
  ["with CRLF", (text) => utf8(text.replaceAll("\n", "\r\n"))],
  ["with CR alone", (text) => utf8(text.replaceAll("\n", "\r"))],
  ["with a byte order mark and CRLF", (text) => utf8(`\ufeff${text.replaceAll("\n", "\r\n")}`)],
  [
    "in UTF-16 with a byte order mark",
    (text) => utf16(`\ufeff${text.replace('encoding="UTF-8"', 'encoding="UTF-16"')}`),
  ],
  ["without a declaration", (text) => utf8(text.replace(/^<\?xml[^>]*\?>\s*/, ""))],
  [
    "with a prefix declared twice and a style sheet",
    (text) => utf8(text.replace("<LWM2M", '<?xml-stylesheet href="x.xsl"?>\n<LWM2M xmlns="urn:x"')),
  ],
  ["with indentation by spaces and nothing behind", (text) => utf8(text.replaceAll("\t", "  ").trimEnd())],
];

test.each(saved)("a file of the registry is read %s", (_, bytesOf) => {
  const { objects, notes } = parseDdf(bytesOf(file("bench-heater.xml")));
  const [object] = objects;
  expect(objects).toHaveLength(1);
  expect(object?.model).toMatchObject({
    ...{ id: 33_001, name: "Bench Heater", urn: "urn:oma:lwm2m:x:33001:1.1", version: "1.1" },
    ...{ multiple: true, mandatory: false },
  });
  expect(
    [...(object?.model.resources.values() ?? [])].map(({ id, operations, mandatory, type, range, units }) => [
      ...[id, operations, mandatory, type, range, units],
    ]),
  ).toEqual([
    [1, "RW", false, "integer", "1..255", ""],
    [2, "RW", false, "string", "0..64 bytes", ""],
    [3, "E", false, undefined, "", ""],
    [4, "RW", false, "unsigned", "0: off; 1: on; 2: by itself", ""],
    [5700, "R", true, "float", "", "Cel"],
  ]);
  expect(object?.description).toBe(
    "Keeps a park bench warm. It says how warm it is & how warm it shall be; <0 °C it heats of its own accord.",
  );
  // Whatever ends its lines in the file.
  expect(object?.resourceDescriptions.get(2)).toBe("What people call it.\nThe second line of what is said about it.");
  expect(notes).toEqual([expect.stringContaining("whether resource 4 is mandatory")]);
});

test.each(saved)("two objects in one file are read %s, strange elements passed over", (_, bytesOf) => {
  const { objects, notes } = parseDdf(bytesOf(file("two-objects.xml")));
  expect(objects.map(({ model: { id, version, urn, multiple } }) => [id, version, urn, multiple])).toEqual([
    [33_002, "1.0", "urn:oma:lwm2m:x:33002", false],
    [33_002, "2.0", "urn:oma:lwm2m:x:33002:2.0", true],
  ]);
  expect(objects.map(({ model }) => model.resources.get(0)?.range)).toEqual(["0..100", "-10..110"]);
  expect(objects[1]?.model.resources.get(1)).toMatchObject({ operations: "", type: "objlnk" });
  expect(notes).toEqual([expect.stringContaining("whether object 33002 is mandatory")]);
});

test.each([
  ["0..100", "integer", "0..100"],
  ["0...100", "integer", "0..100"],
  ["0…100", "integer", "0..100"],
  ["0 - 100", "integer", "0..100"],
  ["0–100", "integer", "0..100"],
  ["1 to 255", "integer", "1..255"],
  ["-128 to 127", "integer", "-128..127"],
  ["-40.0 to 85.0", "float", "-40.0..85.0"],
  ["1 TO 64 characters", "string", "1..64 bytes"],
  ["255 bytes", "opaque", "255 bytes"],
  ["0,1,2", "integer", "0,1,2"],
  ["0: off; 1: on", "integer", "0: off; 1: on"],
  ["≥ 0", "integer", "≥ 0"],
  ["[0, 100]", "integer", "[0, 100]"],
  ["", "integer", ""],
] as const)("the range %j of type %s is %j", (said, type, range) => {
  expect(readDdfRange(said, type)).toBe(range);
});

test("what decides how a value looks on the wire may not be left open", () => {
  const open = file("bench-heater.xml").replace(
    "<MultipleInstances>Single</MultipleInstances>",
    "<MultipleInstances></MultipleInstances>",
  );
  expect(() => parseDdf(utf8(open))).toThrow(/<MultipleInstances> is ""/);
  const untyped = file("bench-heater.xml").replace("<Type>Float</Type>", "<Type></Type>");
  expect(() => parseDdf(utf8(untyped))).toThrow(/resource 5700 has no type/);
});
