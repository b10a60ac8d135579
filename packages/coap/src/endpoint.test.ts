import { hours, milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { eachWorld } from "@lamplighter/simulation/seeded-worlds";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BAD_OPTION, CHANGED, CONTENT, GET, PUT } from "./code.ts";
import { CoapEndpoint, type RequestOutcome, type Trace } from "./endpoint.ts";

const storm = { loss: 0.3, duplication: 0.2, delayMax: milliseconds(60) };
// Quick and stubborn: the longest silence stays below EXCHANGE_LIFETIME, and few of 64 blocks in a row are given up.
const transmission = { ackTimeout: milliseconds(100), maxRetransmit: 10 };
const worlds = 100;
// A second on a quiet machine; the rest is for a busy one.
const patience = 30_000;

/** A world may give up on a block; then the outcome must say so. Most must succeed. */
function expectMostToSucceed(outcomes: readonly RequestOutcome[]) {
  const succeeded = outcomes.filter(({ kind }) => kind === "response").length;
  const gaveUp = outcomes.filter(({ kind }) => kind === "timed-out").length;
  expect(succeeded + gaveUp).toBe(worlds);
  expect(succeeded).toBeGreaterThan(worlds * 0.8);
}

test(
  "64 KiB pushed by Block1 through 30 % loss, duplication and reordering arrive whole and once",
  () => {
    const all: RequestOutcome[] = [];
    eachWorld({ count: worlds, conditions: storm }, ({ clock, random, network }) => {
      const server = new CoapEndpoint({ port: network.bind("server"), clock, random });
      const device = new CoapEndpoint({ port: network.bind("device"), clock, random });
      const image = Uint8Array.from({ length: 65_536 }, () => Math.floor(random.next() * 256));
      let handled = 0;
      device.onRequest((request) => {
        handled++;
        expect(request.path).toEqual(["5", "0", "0"]);
        expect(request.blocks).toBe(64);
        expect(Buffer.compare(request.payload, image)).toBe(0);
        request.respond({ code: CHANGED });
      });
      const outcomes: RequestOutcome[] = [];
      const request = { peer: "device", method: PUT, path: ["5", "0", "0"], payload: image, transmission };
      server.request(request, (outcome) => outcomes.push(outcome));
      clock.advance(hours(4));
      expect(outcomes.length).toBe(1);
      const outcome = outcomes[0]!;
      if (outcome.kind === "response") {
        expect(outcome.code).toBe(CHANGED);
        expect(handled).toBe(1);
      }
      expect(handled).toBeLessThanOrEqual(1);
      expect(server.load).toMatchObject({ exchanges: 0, queued: 0 });
      all.push(outcome);
    });
    expectMostToSucceed(all);
  },
  patience,
);

test(
  "64 KiB read by Block2 through 30 % loss, duplication and reordering arrive whole",
  () => {
    const all: RequestOutcome[] = [];
    eachWorld({ count: worlds, conditions: storm }, ({ clock, random, network }) => {
      const server = new CoapEndpoint({ port: network.bind("server"), clock, random });
      const device = new CoapEndpoint({ port: network.bind("device"), clock, random });
      const log = Uint8Array.from({ length: 65_536 }, () => Math.floor(random.next() * 256));
      device.onRequest((request) => request.respond({ code: CONTENT, payload: log, contentFormat: 42 }));
      const outcomes: RequestOutcome[] = [];
      server.request({ peer: "device", method: GET, path: ["log"], transmission }, (outcome) => outcomes.push(outcome));
      clock.advance(hours(4));
      expect(outcomes.length).toBe(1);
      const outcome = outcomes[0]!;
      if (outcome.kind === "response") {
        expect(Buffer.compare(outcome.payload, log)).toBe(0);
        expect(outcome.contentFormat).toBe(42);
      }
      expect(server.load).toMatchObject({ exchanges: 0, queued: 0 });
      all.push(outcome);
    });
    expectMostToSucceed(all);
  },
  patience,
);

test("no datagrams from outside make an endpoint throw, answer more than once each, or keep more than a peer", () => {
  const header = fc
    .tuple(fc.integer({ min: 0x40, max: 0x7f }), fc.constantFrom(0, 1, 2, 3, 0x45, 0x5f, 0x84))
    .map(([first, code]) => [first, code]);
  const datagram = fc
    .tuple(header, fc.uint8Array({ maxLength: 40 }))
    .map(([head, rest]) => Uint8Array.from([...head, ...rest]));
  fc.assert(
    fc.property(fc.array(fc.oneof(datagram, fc.uint8Array({ maxLength: 60 })), { maxLength: 20 }), (datagrams) => {
      const clock = new FakeClock();
      const network = fakeNetwork(clock, seeded(1), { loss: 0, duplication: 0, delayMax: milliseconds(0) });
      const endpoint = new CoapEndpoint({ port: network.bind("us"), clock, random: seeded(2) });
      endpoint.onRequest((request) => request.respond({ code: CONTENT, payload: request.payload }));
      const stranger = network.bind("stranger");
      let answers = 0;
      stranger.onDatagram(() => answers++);
      for (const each of datagrams) stranger.send("us", each);
      clock.advance(milliseconds(0));
      expect(answers).toBeLessThanOrEqual(datagrams.length);
      expect(endpoint.load.peers).toBeLessThanOrEqual(1);
      expect(endpoint.load).toMatchObject({ exchanges: 0, queued: 0, observations: 0 });
    }),
    { numRuns: 1_000 },
  );
});

test("one block of an answer that is always the same is served on its own, from any place, and nothing is kept for it", () => {
  const clock = new FakeClock();
  const network = fakeNetwork(clock, seeded(1), { loss: 0, duplication: 0, delayMax: milliseconds(1) });
  const server = new CoapEndpoint({ port: network.bind("server"), clock, random: seeded(2) });
  const device = new CoapEndpoint({ port: network.bind("device"), clock, random: seeded(3) });
  const image = Uint8Array.from({ length: 5_000 }, (_, index) => index % 251);
  const etag = Uint8Array.of(1, 2, 3);
  const asked: (number | undefined)[] = [];
  server.onRequest((request) => {
    asked.push(request.block2?.number);
    request.respond({ code: CONTENT, payload: image, etag });
  });
  const outcomes: RequestOutcome[] = [];
  const fetch = (number: number, size: 16 | 512) => {
    const request = { peer: "server", method: GET, path: ["fw"], block2: { number, size } } as const;
    device.request(request, (outcome) => outcomes.push(outcome));
    clock.advance(milliseconds(100));
    const outcome = outcomes.at(-1);
    return outcome?.kind === "response" ? outcome : undefined;
  };
  expect(fetch(3, 512)?.payload).toEqual(image.subarray(1_536, 2_048));
  expect(fetch(9, 512)?.payload).toEqual(image.subarray(4_608));
  expect(fetch(0, 16)?.payload).toEqual(image.subarray(0, 16));
  expect(fetch(1, 16)?.options).toContainEqual({ number: 4, value: etag });
  expect(fetch(10, 512)?.code).toBe(BAD_OPTION);
  expect(asked).toEqual([3, 9, 0, 1, 10]);
});

test("who traces hears each datagram in both directions, malformed ones and repetitions too, until it stops", () => {
  const clock = new FakeClock();
  const random = seeded(1);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(0) });
  const server = new CoapEndpoint({ port: network.bind("server"), clock, random });
  const stranger = network.bind("stranger");
  const heard: string[] = [];
  const note: Trace = (direction, peer, datagram) => heard.push(`${direction} ${peer} ${datagram.length}`);
  server.onTrace(note);
  stranger.send("server", Uint8Array.of(0x40, 0x00, 0x12, 0x34));
  stranger.send("server", Uint8Array.of(0xff));
  clock.advance(milliseconds(10));
  expect(heard).toEqual(["received stranger 4", "sent stranger 4", "received stranger 1"]);
  heard.length = 0;
  server.request({ peer: "nobody", method: GET, path: ["3"], transmission: { maxRetransmit: 2 } }, () => {});
  clock.advance(hours(1));
  expect(heard).toEqual(["sent nobody 14", "sent nobody 14", "sent nobody 14"]);
  server.onTrace(undefined);
  stranger.send("server", Uint8Array.of(0x40, 0x00, 0x12, 0x35));
  clock.advance(milliseconds(10));
  expect(heard.length).toBe(3);
});
