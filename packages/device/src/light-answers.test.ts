import { DELETE, FETCH, POST } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { encodeContent } from "@lamplighter/lwm2m/content";
import { instance, single } from "@lamplighter/lwm2m/node";
import { integer, text } from "@lamplighter/lwm2m/value";
import { expect, test } from "vitest";
import { world } from "./testing/world.ts";

const { tlv } = contentFormat;

test.each([
  ["/3/0/3", contentFormat.text, "2.05"],
  ["/3/0", tlv, "2.05"],
  ["/3", tlv, "2.05"],
  ["/3/0/11/0", contentFormat.text, "2.05"],
  ["/3/0", contentFormat.text, "4.06"],
  ["/3/0/3", contentFormat.json, "4.06"],
  ["/3/0/99", contentFormat.text, "4.04"],
  ["/3/1", tlv, "4.04"],
  ["/9", tlv, "4.04"],
  ["/5/0/0", contentFormat.opaque, "4.05"],
  ["/5/0/2", contentFormat.text, "4.05"],
  ["/3/0/4", contentFormat.text, "4.05"],
])("a read of %s in format %i is answered %s", (path, accept, code) => {
  const { get, codeOf } = world();
  expect(codeOf(get(path, accept))).toBe(code);
});

test.each([
  ["/3416/0/1", "40", contentFormat.text, "2.04"],
  ["/3416/0/1", "101", contentFormat.text, "4.00"],
  ["/3416/0/1", "bright", contentFormat.text, "4.00"],
  ["/3416/0/3", "40", contentFormat.text, "4.05"],
  ["/3416/0/36", "40", contentFormat.text, "4.05"],
  ["/3/0/3", "9.9.9", contentFormat.text, "4.05"],
  ["/3/0/15", "Europe/Berlin", contentFormat.text, "2.04"],
  ["/3/0/99", "1", contentFormat.text, "4.04"],
  ["/3416/0/1", "40", contentFormat.json, "4.15"],
  ["/1/0", "40", contentFormat.text, "4.15"],
  ["/1/0", "\xff\xff", tlv, "4.00"],
  ["/1", "", tlv, "4.05"],
  ["/5/0/3", "2", contentFormat.text, "4.05"],
  ["/5/0/11", "3", contentFormat.text, "4.00"],
  ["/5/0/13", "600", contentFormat.text, "2.04"],
])("a write to %s of %j in format %i is answered %s", (path, value, format, code) => {
  const { put } = world();
  expect(put(path, value, format)).toBe(code);
});

test("a write to an instance sets several resources, or none of them when one is refused", () => {
  const { put, readText } = world();
  const write = (...resources: Parameters<typeof instance>[1] extends Iterable<infer R> ? R[] : never) =>
    put("/1/0", encodeContent(instance(0, resources), tlv), tlv);
  expect(write(single(2, integer(5)), single(3, integer(50)))).toBe("2.04");
  expect([readText("/1/0/2"), readText("/1/0/3")]).toEqual(["5", "50"]);
  expect(write(single(2, integer(9)), single(7, text("UQ")))).toBe("4.05");
  expect(readText("/1/0/2")).toBe("5");
});

test("the clock can be set, and goes on from there", () => {
  const { put, readText } = world();
  expect(put("/3/0/13", "1000000")).toBe("2.04");
  expect(Number(readText("/3/0/13")) - 1_000_000).toBeLessThan(2);
});

test("nothing can be created or deleted on a light", () => {
  const { ask, codeOf } = world();
  expect(codeOf(ask({ method: POST, path: ["3416"], contentFormat: tlv, payload: new Uint8Array() }))).toBe("4.05");
  expect(codeOf(ask({ method: POST, path: ["9"], contentFormat: tlv, payload: new Uint8Array() }))).toBe("4.04");
  expect(codeOf(ask({ method: DELETE, path: ["3416", "0"] }))).toBe("4.05");
  expect(codeOf(ask({ method: DELETE, path: ["3416", "7"] }))).toBe("4.04");
  expect(codeOf(ask({ method: FETCH, path: ["3"] }))).toBe("4.05");
});

test("Execute is for what can be executed, with arguments or none", () => {
  const { execute, ask, codeOf } = world();
  expect(execute("/3416/0/19")).toBe("2.04");
  expect(execute("/3/0/3")).toBe("4.05");
  expect(execute("/3/0/77")).toBe("4.04");
  const given = (args: string) =>
    codeOf(ask({ method: POST, path: ["3416", "0", "19"], payload: new TextEncoder().encode(args) }));
  expect([given("0='a',1"), given("now")]).toEqual(["2.04", "4.00"]);
});

test("Discover names what can be read, written and executed, with versions, dimensions and attributes", () => {
  const { readText, attributes } = world();
  expect(attributes("/5/0/3", "pmin=10", "pmax=60")).toBe("2.04");
  const links = readText("/5", contentFormat.link);
  expect(links).toMatch(/^<\/5>;ver=1\.1,<\/5\/0>,<\/5\/0\/0>,<\/5\/0\/1>,<\/5\/0\/2>,<\/5\/0\/3>;pmin=10;pmax=60,/);
  expect(links).toContain("</5/0/8>;dim=1,");
  expect(readText("/5/0/2", contentFormat.link)).toBe("</5/0/2>");
  expect(readText("/5/0/44", contentFormat.link)).toBe("4.04");
});
