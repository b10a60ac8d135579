import { expect, test } from "vitest";
import { checkExecute, checkWrite, isArguments } from "./check-write.ts";
import { knownObjects } from "./models/known-objects.ts";
import { instance, multiple, type Node, object, single } from "./node.ts";
import { parsePath } from "./path.ts";
import { boolean, float, integer, opaque, type ResourceValue, text } from "./value.ts";

const models = knownObjects();
const check = (path: string, node: Node, purpose?: "create") =>
  checkWrite(parsePath(path), node, models.find(parsePath(path).object), purpose);
const checkValue = (path: string, value: ResourceValue) => check(path, single(parsePath(path).resource ?? 0, value));

test("a value of the right type and in its range may be written", () => {
  expect(checkValue("/3311/0/5851", integer(100))).toBeUndefined();
  expect(checkValue("/1/0/1", integer(86_400))).toBeUndefined();
  expect(checkValue("/5/0/1", text("coap://fw/x"))).toBeUndefined();
});

test.each<[string, ResourceValue, string]>([
  ["/3311/0/5851", integer(140), "/3311/0/5851 (Dimmer) must be 0..100, and 140 is not (the value is 140)."],
  ["/3311/0/5851", integer(-1), "/3311/0/5851 (Dimmer) must be 0..100, and -1 is not (the value is -1)."],
  ["/3311/0/5850", text("on"), "/3311/0/5850 (On/Off) holds a value of type boolean, not string (the value is on)."],
  ["/3/0/3", text("2.0.0"), "/3/0/3 (Firmware Version) cannot be written: it is read-only."],
  ["/5/0/2", text(""), "/5/0/2 (Update) cannot be written."],
  [
    "/5/0/1",
    text("x".repeat(256)),
    `/5/0/1 (Package URI) must be 0..255 bytes long, and this is 256 (the value is ${"x".repeat(40)}…).`,
  ],
  [
    "/3/0/13",
    { type: "time", value: 2n ** 63n },
    "/3/0/13 (Current Time) must fit in a signed 64-bit integer (the value is 9223372036854775808).",
  ],
  ["/9999/0/0", float(Number.NaN), "/9999/0/0 must be a finite number (the value is NaN)."],
  [
    "/9999/0/0",
    { type: "unsigned", value: -1n },
    "/9999/0/0 must fit in an unsigned 64-bit integer (the value is -1).",
  ],
])("at %s, %o is refused with a sentence", (path, value, sentence) => {
  expect(checkValue(path, value)).toBe(sentence);
});

test("what no definition knows is left to the device", () => {
  expect(checkValue("/9999/0/0", opaque(new Uint8Array(9)))).toBeUndefined();
  expect(checkValue("/3/0/26241", boolean(true))).toBeUndefined();
});

test("one wrong resource in an instance is found by its path", () => {
  const node = instance(0, [single(5850, boolean(true)), single(5851, integer(101))]);
  expect(check("/3311/0", node)).toMatch(/^\/3311\/0\/5851 /);
});

test("single and multiple are not mixed up", () => {
  expect(check("/16/0/0", single(0, text("a")))).toMatch(/several values/);
  expect(check("/1/0/1", multiple(1, [integer(1)]))).toMatch(/one value/);
  expect(check("/16/0/0/1", { kind: "resource-instance", resourceInstance: 1, value: text("a") })).toBeUndefined();
});

test("content that belongs elsewhere is refused", () => {
  expect(check("/1/0/1", single(2, integer(1)))).toMatch(/does not belong/);
  expect(check("/1/1", instance(0, []))).toMatch(/does not belong/);
  expect(check("/1/0", single(2, integer(1)))).toMatch(/does not belong/);
  expect(check("/1", object(1, []))).toMatch(/write its instances/);
  expect(check("/1/0/1/0", { kind: "resource-instance", resourceInstance: 3, value: integer(1) })).toMatch(
    /does not belong/,
  );
});

test("a create may set what is read-only later", () => {
  expect(check("/1", object(1, [instance(2, [single(0, integer(102))])]), "create")).toBeUndefined();
  expect(check("/1", object(1, [instance(2, [single(0, integer(0))])]), "create")).toMatch(/must be 1\.\.65534/);
  expect(check("/1", object(1, [instance(2, [single(4, text(""))])]), "create")).toMatch(/only be executed/);
});

test("only an executable resource can be executed", () => {
  const execute = (path: string, args?: string) =>
    checkExecute(parsePath(path), args, models.find(parsePath(path).object));
  expect(execute("/5/0/2")).toBeUndefined();
  expect(execute("/9999/0/1", "0='a',1")).toBeUndefined();
  expect(execute("/5/0")).toMatch(/only a resource/);
  expect(execute("/5/0/3")).toBe("/5/0/3 (State) cannot be executed.");
  expect(execute("/5/0/2", "now")).toMatch(/not arguments/);
});

test.each(["", "0", "0='a'", "0='a b',1,9=''"])("%j are arguments", (args) => expect(isArguments(args)).toBe(true));
test.each(["a", "10", "0,0", "0=a", "0='a", "0='a',", "0='a\\'", ",1", "0 ,1"])("%j are no arguments", (args) =>
  expect(isArguments(args)).toBe(false),
);
