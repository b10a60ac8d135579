import { hours, milliseconds } from "@lamplighter/runtime/duration";
import { eachWorld } from "@lamplighter/simulation/seeded-worlds";
import { expect, test } from "vitest";
import { CHANGED, CONTENT, GET, PUT } from "./code.ts";
import { CoapEndpoint, type RequestOutcome } from "./endpoint.ts";

const storm = { loss: 0.3, duplication: 0.2, delayMax: milliseconds(400) };

test("64 KiB pushed by Block1 arrive whole, once, through a storm", () => {
  eachWorld({ count: 100, conditions: storm }, ({ clock, random, network }) => {
    const server = new CoapEndpoint({ port: network.bind("server"), clock, random });
    const device = new CoapEndpoint({ port: network.bind("device"), clock, random });
    const image = Uint8Array.from({ length: 65_536 }, () => Math.floor(random.next() * 256));
    let handled = 0;
    device.onRequest((request) => {
      handled++;
      expect(request.path).toEqual(["5", "0", "0"]);
      expect(Buffer.compare(request.payload, image)).toBe(0);
      request.respond({ code: CHANGED });
    });
    const outcomes: RequestOutcome[] = [];
    const transmission = { maxRetransmit: 12, ackTimeout: milliseconds(500) };
    const request = { peer: "device", method: PUT, path: ["5", "0", "0"], payload: image, transmission };
    server.request(request, (outcome) => outcomes.push(outcome));
    clock.advance(hours(4));
    expect(outcomes.map((outcome) => outcome.kind === "response" && outcome.code)).toEqual([CHANGED]);
    expect(handled).toBe(1);
  });
});

test("64 KiB are read by Block2, whole, through a storm", () => {
  eachWorld({ count: 100, conditions: storm }, ({ clock, random, network }) => {
    const server = new CoapEndpoint({ port: network.bind("server"), clock, random });
    const device = new CoapEndpoint({ port: network.bind("device"), clock, random });
    const log = Uint8Array.from({ length: 65_536 }, () => Math.floor(random.next() * 256));
    device.onRequest((request) => request.respond({ code: CONTENT, payload: log, contentFormat: 42 }));
    const outcomes: RequestOutcome[] = [];
    const transmission = { maxRetransmit: 12, ackTimeout: milliseconds(500) };
    server.request({ peer: "device", method: GET, path: ["log"], transmission }, (outcome) => outcomes.push(outcome));
    clock.advance(hours(4));
    expect(outcomes.length).toBe(1);
    const [outcome] = outcomes;
    expect(outcome?.kind).toBe("response");
    if (outcome?.kind === "response") {
      expect(Buffer.compare(outcome.payload, log)).toBe(0);
      expect(outcome.contentFormat).toBe(42);
    }
  });
});
