import { expect, test } from "vitest";
import { instance, multiple, single } from "../node.ts";
import { bytes, utf8 } from "../testing/bytes.ts";
import { lockstep } from "../testing/lockstep.ts";
import { integer, opaque, text } from "../value.ts";

const ok = { kind: "ok" };
const json = (text: string) => ({ format: 110, payload: utf8(text) });
const cbor = (hex: string) => ({ format: 112, payload: bytes(hex) });

test.each<[string, string, object, object]>([
  ["a base name that ends within a number", "/3/0/9", json('[{"bn":"/3/0/","n":"9","v":85}]'), single(9, integer(85))],
  ["the whole path as base name, and no name", "/3/0/9", json('[{"bn":"/3/0/9","v":85}]'), single(9, integer(85))],
  [
    "a base name that changes from record to record",
    "/3/0",
    json('[{"bn":"/3/0/","n":"9","v":85},{"n":"3","vs":"x"},{"bn":"/3/0/1","n":"1/0","v":0}]'),
    instance(0, [single(3, text("x")), single(9, integer(85)), multiple(11, [integer(0)])]),
  ],
  [
    "records in no order",
    "/3/0",
    json('[{"n":"/3/0/11/2","v":2},{"n":"/3/0/9","v":85},{"n":"/3/0/11/0","v":0}]'),
    instance(0, [
      single(9, integer(85)),
      multiple(
        11,
        new Map([
          [0, integer(0)],
          [2, integer(2)],
        ]),
      ),
    ]),
  ],
  [
    "bytes in the alphabet for URLs, without padding",
    "/5/0/0",
    json('[{"n":"/5/0/0","vd":"-_8"}]'),
    single(0, opaque(bytes("FB FF"))),
  ],
  [
    "a link as text",
    "/22/0/1",
    json('[{"n":"/22/0/1","vlo":"3:0"}]'),
    single(1, { type: "objlnk", value: { object: 3, instance: 0 } }),
  ],
  [
    "a whole number above 2^53 in JSON",
    "/3/0/10",
    json('[{"n":"/3/0/10","v":9007199254740993}]'),
    single(10, integer(9_007_199_254_740_993n)),
  ],
  [
    "a whole number above 2^53 in CBOR",
    "/3/0/10",
    cbor("81 A2 00 67 2F 33 2F 30 2F 31 30 02 1B 00 20 00 00 00 00 00 01"),
    single(10, integer(9_007_199_254_740_993n)),
  ],
  ["a whole number written as 85.0", "/3/0/9", json('[{"n":"/3/0/9","v":85.0}]'), single(9, integer(85))],
  ["a base value to add", "/3/0/9", json('[{"bn":"/3/0/","bv":80,"n":"9","v":5}]'), single(9, integer(85))],
  ["fields that nobody knows", "/3/0/9", json('[{"n":"/3/0/9","v":85,"x":1,"u":"%"}]'), single(9, integer(85))],
])("8: %s is read as what it means", async (_, path, answer, node) => {
  const { world, device, server } = await lockstep();
  const read = server.read("light-1", path);
  device.reply(await device.next(), answer);
  expect(await world.settle(read)).toMatchObject({ ...ok, value: node });
});

test.each<[string, object]>([
  ["a field that must be understood", json('[{"n":"/3/0/9","v":85,"x_":1}]')],
  ["a path beside the one asked for", json('[{"n":"/3/1/9","v":85}]')],
  ["two values in one record", json('[{"n":"/3/0/9","v":85,"vs":"x"}]')],
  ["bytes in no alphabet", json('[{"n":"/3/0/9","vd":"*"}]')],
  ["a number that no integer has", json('[{"n":"/3/0/9","v":85.5}]')],
  ["CBOR that ends too soon", cbor("81 A2 00")],
])("8: %s is malformed, and the device stays registered", async (_, answer) => {
  const { world, device, server } = await lockstep();
  const read = server.read("light-1", "/3/0/9");
  device.reply(await device.next(), answer);
  expect(await world.settle(read)).toMatchObject({ kind: "malformed" });
  expect(server.find("light-1")).toBeDefined();
});

test("8: what a composite answer leaves out is not there, and the rest is not lost for it", async () => {
  const { world, device, server } = await lockstep();
  const read = server.readComposite("light-1", ["/3/0/9", "/3/0/99", "/1/0/1"]);
  device.reply(await device.next(), json('[{"n":"/3/0/9","v":85}]'));
  expect(await world.settle(read)).toMatchObject({ ...ok, value: [{ path: "/3/0/9", node: single(9, integer(85)) }] });
});

test("8: a time is the base time and the record's together; one below 2^28 counts from now", async () => {
  const { world, device } = await lockstep();
  const now = world.clock.now().getTime() / 1_000;
  const send = (content: string) => device.ask(2, ["dp"], { format: 110, payload: content });
  const timesTold = () =>
    world.events.flatMap((event) => (event.kind === "value" ? [Math.round(event.at / 1_000)] : []));
  expect(await send('[{"bn":"/3/0/9","bt":1000000000,"t":5,"v":1},{"t":7,"v":2}]')).toBe("2.04");
  expect(timesTold()).toEqual([1_000_000_005, 1_000_000_007]);
  expect(await send('[{"bn":"/3/0/9","t":-60,"v":1},{"t":-30,"v":2}]')).toBe("2.04");
  const [, , first, second] = timesTold();
  expect(Math.abs((first ?? 0) - (now - 60))).toBeLessThanOrEqual(1);
  expect(Math.abs((second ?? 0) - (now - 30))).toBeLessThanOrEqual(1);
});
