import { CON, NON } from "@lamplighter/coap/message";
import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { single } from "../node.ts";
import { bytes, utf8 } from "../testing/bytes.ts";
import { LockstepDevice, lockstep, numberOf, option, pathOf } from "../testing/lockstep.ts";
import { integer } from "../value.ts";

const ok = { kind: "ok" };
const both = ["/3/0/9", "/1/0/1"] as const;

test("T31: several places are asked for at the root, without path and query, which stand in the payload", async () => {
  const { device, server } = await lockstep();
  void server.readComposite("light-1", both);
  const read = await device.next();
  expect([read.code, read.options.filter(({ number }) => number === 11 || number === 15)]).toEqual([5, []]);
  expect([numberOf(read, 12), numberOf(read, 17)]).toEqual([112, 112]);
  expect(read.payload.length).toBeGreaterThan(0);
  device.reply(read, { code: 0x45, format: 112, payload: bytes("80") });
  void server.writeComposite("light-1", [{ path: "/1/0/1", content: integer(60) }]);
  const write = await device.next();
  expect([write.code, write.options.filter(({ number }) => number === 11 || number === 15)]).toEqual([7, []]);
});

test("T32: a device that acknowledges a FETCH with nothing and never answers is asked place by place from then on", async () => {
  const { device, server, world } = await lockstep();
  const composite = server.readComposite("light-1", both);
  const fetch = await device.next();
  device.send({ type: 2, messageId: fetch.messageId });
  expect(await world.settle(composite)).toMatchObject({ kind: "timed-out", acknowledged: true });
  device.inbox.length = 0;
  expect(await server.readComposite("light-1", both)).toMatchObject({ kind: "invalid" });
  const plain = server.read("light-1", "/3/0/9");
  const request = await device.next();
  expect([request.code, pathOf(request)]).toEqual([1, "/3/0/9"]);
  device.reply(request, { format: 0, text: "85" });
  expect(await world.settle(plain)).toMatchObject(ok);
  expect(await device.register()).toBe("2.01");
  void server.readComposite("light-1", both);
  expect((await device.next()).code).toBe(5);
});

test.each([
  [CON, "a confirmation", 2],
  [NON, "none", 1],
])(
  "T44: a Send without a token, which asks for %s (%s), is answered without one and told once",
  async (type, _, answered) => {
    const { device, world } = await lockstep();
    const send = {
      type,
      code: 2,
      messageId: 700,
      options: [option(11, "dp"), option(12, [110])],
      payload: utf8('[{"n":"/3/0/9","v":85}]'),
    };
    device.send(send);
    const answer = await device.next();
    expect(answer).toMatchObject({ type: answered, code: 0x44, token: new Uint8Array() });
    device.send(send);
    await world.pass(seconds(1));
    expect(world.events.filter(({ kind }) => kind === "value")).toMatchObject([{ node: single(9, integer(85)) }]);
  },
);

test("T44: the Send of somebody who never registered is refused, with a token or without", async () => {
  const { world } = await lockstep();
  const stranger = new LockstepDevice(world, "192.0.2.66:5683");
  for (const token of [bytes(""), bytes("01")]) {
    expect(await stranger.ask(2, ["dp"], { payload: '[{"n":"/3/0/9","v":1}]', format: 110, token })).toMatch(/^4\.0/);
  }
  expect(world.events.filter(({ kind }) => kind === "value")).toEqual([]);
});
