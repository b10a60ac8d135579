import { CHANGED, GET, POST, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import {
  CoapEndpoint,
  type IncomingRequest,
  type OutgoingRequest,
  type RequestOutcome,
} from "@lamplighter/coap/endpoint";
import { milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import type { FaultKind } from "./faults.ts";
import { buildImage } from "./firmware-image.ts";
import type { LightIdentity } from "./light-identity.ts";
import { VirtualLight } from "./virtual-light.ts";

const identity: LightIdentity = {
  endpoint: "light-1",
  name: "Harbour Road 1",
  manufacturer: "Lumen Works",
  model: "LC-100",
  hardwareRevision: "B",
  serialNumber: "1",
  firmwareVersion: "1.4.2",
  latitude: 52,
  longitude: 4,
  street: "Harbour Road",
  district: "Harbour",
  feeder: "F1",
  cell: "C1",
  cellId: 1,
};

/** A light and a server made of nothing but a CoAP endpoint that accepts every registration. */
function world({ fault, loss = 0, seed = 1 }: { fault?: FaultKind; loss?: number; seed?: number } = {}) {
  const clock = new FakeClock();
  const random = seeded(seed);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(20) });
  const server = new CoapEndpoint({ port: network.bind("server:5683"), clock, random });
  const registrations: IncomingRequest[] = [];
  server.onRequest((request) => {
    if (request.path.length === 1 && request.method === POST) {
      registrations.push(request);
      return request.respond({ code: 0x41, locationPath: ["rd", "abc"] });
    }
    request.respond({ code: CHANGED });
  });
  const light = new VirtualLight({
    port: network.bind("light:1"),
    clock,
    random,
    identity,
    server: "server:5683",
    loss,
    ...(fault && { fault }),
  });
  const ask = (request: Omit<OutgoingRequest, "peer">, within = minutes(10)): RequestOutcome => {
    let outcome: RequestOutcome | undefined;
    server.request({ peer: "light:1", ...request }, (result) => {
      outcome = result;
    });
    for (let waited = 0; !outcome && waited < within; waited += 100) clock.advance(milliseconds(100));
    if (!outcome) throw new Error("no outcome in time");
    return outcome;
  };
  const readText = (path: string) => {
    const outcome = ask({ method: GET, path: path.split("/"), accept: contentFormat.text });
    return outcome.kind === "response" ? new TextDecoder().decode(outcome.payload) : outcome.kind;
  };
  const push = (image: Uint8Array) =>
    ask({ method: PUT, path: ["5", "0", "0"], contentFormat: contentFormat.opaque, payload: image }, minutes(60));
  const execute = () => ask({ method: POST, path: ["5", "0", "2"] });
  light.start();
  clock.advance(seconds(20));
  return { clock, light, registrations, ask, readText, push, execute };
}

const image = buildImage({ version: "2.1.0", bytes: 32 * 1_024, seed: 7 });

test("a light registers with its objects and answers for them", () => {
  const { registrations, readText } = world();
  expect(registrations).toHaveLength(1);
  expect(registrations[0]?.query).toContain("ep=light-1");
  expect(new TextDecoder().decode(registrations[0]?.payload)).toContain("</3416/0>");
  expect(readText("3/0/3")).toBe("1.4.2");
  expect(readText("5/0/3")).toBe("0");
});

test("a light receives an image, installs it when told, and comes back with the version in the image", () => {
  const { clock, light, push, execute, readText, registrations } = world();
  expect(push(image)).toMatchObject({ kind: "response", code: CHANGED });
  expect(readText("5/0/3")).toBe("2");
  expect(light.firmwareVersion).toBe("1.4.2");
  expect(execute()).toMatchObject({ kind: "response", code: CHANGED });
  clock.advance(seconds(30));
  expect(registrations).toHaveLength(2);
  expect([readText("5/0/5"), readText("3/0/3")]).toEqual(["1", "2.1.0"]);
  expect(light.counters).toMatchObject({ packages: 1, executes: 1, executesPerAttemptMax: 1, reboots: 1 });
});

test("Execute is refused while nothing is downloaded", () => {
  const { execute, light } = world();
  expect(execute()).toMatchObject({ kind: "response", code: 0x85 });
  expect(light.counters.executesPerAttemptMax).toBe(1);
});

test("an image with a flipped bit is refused with Result 5, and something that is no image with Result 6", () => {
  const { push, readText } = world();
  const spoilt = image.slice();
  spoilt[1_000] = (spoilt[1_000] ?? 0) ^ 1;
  push(spoilt);
  expect([readText("5/0/3"), readText("5/0/5")]).toEqual(["0", "5"]);
  push(new Uint8Array(4_000));
  expect(readText("5/0/5")).toBe("6");
});

test.each([
  ["integrity", "5"],
  ["no-flash", "2"],
  ["wrong-type", "6"],
] as const)("the fault %s shows as Result %s", (fault, result) => {
  const { push, readText } = world({ fault });
  push(image);
  expect([readText("5/0/3"), readText("5/0/5")]).toEqual(["0", result]);
});

test("an empty Package URI puts the machine back to Idle", () => {
  const { push, ask, readText } = world();
  push(image);
  ask({ method: PUT, path: ["5", "0", "1"], contentFormat: contentFormat.text, payload: new Uint8Array() });
  expect([readText("5/0/3"), readText("5/0/5")]).toEqual(["0", "0"]);
});

test("a light that falls back returns with its old version, whatever its result says", () => {
  const { clock, push, execute, readText } = world({ fault: "falls-back" });
  push(image);
  execute();
  clock.advance(seconds(30));
  expect([readText("3/0/3"), readText("5/0/5")]).toEqual(["1.4.2", "1"]);
});

test("a light that never returns stays dark", () => {
  const { clock, light, push, execute, registrations } = world({ fault: "never-returns" });
  push(image);
  execute();
  clock.advance(minutes(60));
  expect(light.phase).toBe("dark");
  expect(registrations).toHaveLength(1);
});

test("a power cut in the middle of a download ends in a new registration with an idle machine, once", () => {
  const { clock, light, push, readText, registrations } = world({ fault: "power-cut" });
  expect(push(image)).not.toMatchObject({ kind: "response", code: CHANGED });
  clock.advance(seconds(30));
  expect(registrations).toHaveLength(2);
  expect(readText("5/0/3")).toBe("0");
  expect(push(image)).toMatchObject({ kind: "response", code: CHANGED });
  expect(light.firmware.state).toBe(2);
});

test("images arrive whole through bad weather", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { push, light } = world({ loss: 0.1, seed });
    const outcome = push(image);
    expect(outcome.kind, `seed ${seed}`).toBe("response");
    expect(light.firmware, `seed ${seed}`).toMatchObject({ state: 2, result: 0 });
  }
});
