import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import { hours, minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { refreshPauseMax, refreshPauseMin } from "./observation-doubts.ts";
import { utf8 } from "./testing/bytes.ts";
import { serverAddress, TestWorld } from "./testing/world.ts";

const CONTENT = 0x45;
const paths = ["/3/0/9", "/3/0/10"];

/** A confirmable notification under a token that nobody ever gave out: 2.05, Observe 2, no content. */
const stray = (messageId: number) => Uint8Array.from([0x41, CONTENT, messageId >> 8, messageId & 255, 0xee, 0x61, 2]);

/** A device that lets two paths be observed; `asked` counts the requests that it had since it was asked for the first time. */
async function observed(...queueMode: readonly "Q"[]) {
  const world = await TestWorld.started();
  const device = world.device();
  const state = { code: CONTENT, observes: true };
  for (const path of paths) {
    device.on(`GET ${path}`, ({ subscriber }: IncomingRequest) => ({
      ...{ code: state.code, contentFormat: 0, payload: utf8("7") },
      ...(state.observes && subscriber && { observe: 1 }),
    }));
  }
  world.server.setDesiredObservations("light-1", paths);
  await device.register({ query: ["lt=86400", "lwm2m=1.1", ...queueMode] });
  await world.pass(seconds(1));
  const before = device.requests.length;
  const resets: number[] = [];
  world.network.watch(({ from, datagram }) => {
    if (from === serverAddress && datagram[0] === 0x70) resets.push(datagram[2]! * 256 + datagram[3]!);
  });
  const port = world.network.bind("192.0.2.66:1");
  let messages = 0;
  return {
    ...{ world, device, state, resets },
    asked: () => device.requests.length - before,
    /** Notifies under an unknown token, from the device's address or from elsewhere. */
    stray: (from = "192.0.2.7:5683") => {
      const forger = from === "192.0.2.7:5683" ? device.port : port;
      forger.send(serverAddress, stray(++messages));
    },
  };
}

test("a notification under an unknown token is reset, and all that the device should hold is asked for again, with its tokens", async () => {
  const { world, device, stray, asked, resets } = await observed();
  stray();
  await world.pass(seconds(2));
  expect(resets).toEqual([1]);
  expect(asked()).toBe(2);
  const [first, second, third, fourth] = device.requests;
  expect([third, fourth]).toMatchObject([
    { observe: 0, path: first?.path, token: first?.token },
    { observe: 0, path: second?.path, token: second?.token },
  ]);
  expect(world.load.observations).toBe(2);
  expect(world.server.counters.strayNotifications).toBe(1);
});

test("a flood of such notifications costs a device one round of requests, and further ones ever more rarely", async () => {
  const { world, stray, asked, resets } = await observed();
  const flood = async (span: number) => {
    for (let passed = 0; passed < span; passed += 1_000) {
      for (let each = 0; each < 10; each++) stray();
      await world.pass(seconds(1));
    }
  };
  await flood(refreshPauseMin - 1_000);
  expect(asked()).toBe(2);
  await flood(minutes(20));
  // After 0, 30, 90, 210, 450 and 930 seconds.
  expect(asked()).toBe(2 * 6);
  expect(resets.length).toBeGreaterThan(12_000);
  const after = asked();
  await world.pass(minutes(120));
  // The one round that the end of the flood left due, and no more.
  expect(asked() - after).toBe(2);
  stray();
  await world.pass(seconds(2));
  expect(asked() - after).toBe(4);
  expect(world.load).toMatchObject({ exchanges: 0, queued: 0 });
});

test("a device that was quiet for long is asked at once again, and after the shortest pause", async () => {
  const { world, stray, asked } = await observed();
  for (let round = 0; round < 4; round++) {
    stray();
    await world.pass(refreshPauseMax);
  }
  await world.pass(refreshPauseMax);
  const before = asked();
  stray();
  await world.pass(seconds(1));
  stray();
  await world.pass(refreshPauseMin);
  expect(asked() - before).toBe(4);
});

test("the last notification of what we ended ourselves is nothing to wonder at; a further one is", async () => {
  const { world, device, asked } = await observed();
  await world.settle(world.server.cancelObservation("light-1", "/3/0/9", { by: "reset" }));
  const token = device.requests[0]?.token ?? new Uint8Array();
  const told = (messageId: number) =>
    Uint8Array.from([0x40 | token.length, CONTENT, 9, messageId, ...token, 0x61, messageId]);
  device.port.send(serverAddress, told(1));
  await world.pass(seconds(2));
  expect(asked()).toBe(0);
  device.port.send(serverAddress, told(2));
  await world.pass(seconds(2));
  expect(asked()).toBe(1);
});

test("who is not registered at its address moves nobody, and gets four bytes back", async () => {
  const { world, stray, asked, resets } = await observed();
  for (let each = 0; each < 100; each++) stray("192.0.2.66:1");
  await world.pass(minutes(5));
  expect(asked()).toBe(0);
  expect(resets).toHaveLength(100);
});

test("a device that answers without observing holds nothing any more: told, and taken out of the store", async () => {
  const { world, state, stray } = await observed();
  state.observes = false;
  stray();
  await world.pass(seconds(2));
  expect(world.kinds().filter((kind) => kind === "observation-ended")).toHaveLength(2);
  expect(world.load.observations).toBe(0);
  expect((await world.store.load()).observations).toEqual([]);
  expect(world.server.observedPaths("light-1")).toEqual([]);
});

test("what gets no answer stays as it is, and is asked for again at the next sign of life, after the pause", async () => {
  const { world, device, stray, asked } = await observed();
  stray();
  world.network.setConditionsOf("192.0.2.7:5683", { loss: 1, duplication: 0, delayMax: seconds(0) });
  await world.pass(minutes(5));
  expect(world.server.observedPaths("light-1")).toEqual(paths);
  world.network.setConditionsOf("192.0.2.7:5683", undefined);
  const before = asked();
  await device.update();
  await world.pass(seconds(2));
  expect(asked() - before).toBe(2);
});

test("an observation of which nothing came for hours is asked for again after an Update, once; one that told is not", async () => {
  const { world, device, asked } = await observed();
  const update = async () => {
    await device.update();
    await world.pass(seconds(2));
  };
  await world.pass(minutes(355));
  await update();
  expect(asked()).toBe(0);
  const [first] = device.requests;
  if (first?.subscriber) {
    device.endpoint.notify(first.subscriber, {
      code: CONTENT,
      contentFormat: 0,
      payload: utf8("8"),
      confirmable: false,
    });
  }
  await world.pass(minutes(6));
  await update();
  await update();
  expect(asked()).toBe(1);
  expect(device.requests.at(-1)).toMatchObject({
    observe: 0,
    path: device.requests[1]?.path,
    token: device.requests[1]?.token,
  });
  // The answer counts as being heard.
  await world.pass(minutes(330));
  await update();
  expect(asked()).toBe(1);
  await world.pass(minutes(60));
  await update();
  expect(asked()).toBe(3);
});

test("one that was to tell every minute, by its pmax, is in doubt after two and what one message may take", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  device.on("GET /3/0/9", ({ subscriber }) => ({
    ...{ code: CONTENT, contentFormat: 0, payload: utf8("7") },
    ...(subscriber && { observe: 1 }),
  }));
  await device.register({ query: ["lwm2m=1.2", "lt=86400"] });
  await world.settle(world.server.observe("light-1", "/3/0/9", { attributes: { pmin: 1, pmax: 60 } }));
  await world.pass(seconds(120 + 93 - 5));
  await device.update();
  await world.pass(seconds(2));
  expect(device.requests).toHaveLength(1);
  await world.pass(seconds(10));
  await device.update();
  await world.pass(seconds(2));
  expect(device.requests).toHaveLength(2);
  expect(device.requests[1]).toMatchObject({ observe: 0, query: ["pmin=1", "pmax=60"] });
  await world.pass(hours(1));
  expect(device.requests).toHaveLength(2);
});

test("the end of the pause does not wake who sleeps: asked again, and given what waits, at its next sign of life", async () => {
  const { world, device, stray, asked } = await observed("Q");
  // The pauses end after 30, 90 and 210 seconds; the device was heard last at 91, and listens until 184.
  for (const wait of [31, 60, 1]) {
    stray();
    await world.pass(seconds(wait));
  }
  stray();
  await world.pass(seconds(94));
  expect(world.server.isAwake("light-1")).toBe(false);
  const before = asked();
  await world.server.queue.ask("light-1", { kind: "execute", path: "/3/0/4" }, { by: "ada" });
  await world.pass(minutes(10));
  expect(world.server.isAwake("light-1")).toBe(false);
  expect(asked()).toBe(before);
  expect(world.server.queue.list("light-1")).toMatchObject([{ state: "waiting", attempts: 0 }]);
  await device.update();
  await world.pass(seconds(2));
  expect(asked() - before).toBe(3);
});
