import { CHANGED, DELETE, DELETED, formatCode, GET, POST, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { CoapEndpoint, type OutgoingRequest, type RequestOutcome } from "@lamplighter/coap/endpoint";
import { decodeContent } from "@lamplighter/lwm2m/content";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, parseAddress } from "@lamplighter/runtime/udp-port";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import { ReferenceLight } from "./reference-light.ts";

const identity = {
  endpoint: "reference-1",
  name: "Mill Lane 3",
  manufacturer: "Other Maker",
  model: "LC-200",
  hardwareRevision: "A",
  serialNumber: "9",
  firmwareVersion: "1.5.0",
  latitude: 52.1,
  longitude: 4.3,
  street: "Mill Lane",
  district: "Old Town",
  feeder: "F2",
  cell: "C7",
  cellId: 70_000,
};

test("a light on an independent stack registers, is read, updated by Block1 and returns with the new version", async () => {
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const server = new CoapEndpoint({ port, clock: systemClock(), random: seeded(1) });
  const arrivals: string[] = [];
  const farewells: string[] = [];
  let wake = (_: string) => {};
  server.onRequest((request) => {
    if (request.method === POST && request.path.length === 1) {
      arrivals.push(request.peer);
      request.respond({ code: 0x41, locationPath: ["rd", "1"] }, () => wake(request.peer));
    } else {
      if (request.method === DELETE) farewells.push(request.path.join("/"));
      request.respond({ code: request.method === DELETE ? DELETED : CHANGED });
    }
  });
  const registration = () => new Promise<string>((resolve) => (wake = resolve));
  const first = registration();
  const light = new ReferenceLight({
    identity,
    server: parseAddress(port.address),
    host: "127.0.0.1",
    lifetimeSeconds: 60,
    installMilliseconds: 300,
  });
  await light.start();
  const peer = await first;
  const ask = (request: Omit<OutgoingRequest, "peer">) =>
    new Promise<RequestOutcome>((resolve) => server.request({ peer, ...request }, resolve));
  const code = async (request: Omit<OutgoingRequest, "peer">) => {
    const outcome = await ask(request);
    return outcome.kind === "response" ? formatCode(outcome.code) : outcome.kind;
  };
  const text = async (path: string, accept: number = contentFormat.text) => {
    const outcome = await ask({ method: GET, path: path.split("/"), accept });
    return outcome.kind === "response" ? new TextDecoder().decode(outcome.payload) : outcome.kind;
  };

  const device = await ask({ method: GET, path: ["3", "0"], accept: contentFormat.tlv });
  if (device.kind !== "response") throw new Error(device.kind);
  const node = decodeContent(device.payload, contentFormat.tlv, { object: 3, instance: 0 }, knownObjects().find(3));
  expect(node).toMatchObject({ kind: "instance" });
  expect(await text("3/0/3")).toBe("1.5.0");

  const payload = buildImage({ version: "2.1.0", bytes: 20_000, seed: 1 });
  const pushed = await ask({ method: PUT, path: ["5", "0", "0"], contentFormat: contentFormat.opaque, payload });
  expect(pushed).toMatchObject({ kind: "response", code: CHANGED });
  expect(await text("5/0/3")).toBe("2");
  const second = registration();
  expect(await ask({ method: POST, path: ["5", "0", "2"] })).toMatchObject({ kind: "response", code: CHANGED });
  await second;
  expect([await text("5/0/5"), await text("3/0/3")]).toEqual(["1", "2.1.0"]);
  expect(light.counters).toMatchObject({ packages: 1, executesPerAttemptMax: 1, registrations: 2 });

  expect(await code({ method: GET, path: ["3", "0"], accept: contentFormat.senmlJson })).toBe("4.06");
  expect(await code({ method: GET, path: ["3", "0", "99"] })).toBe("4.04");
  expect(await code({ method: POST, path: ["5", "0", "2"] })).toBe("4.05");
  expect(await text("5", contentFormat.link)).toBe("</5>,</5/0>,</5/0/1>,</5/0/3>,</5/0/5>,</5/0/9>");

  const told: string[] = [];
  let hear = () => {};
  const heard = (count: number) =>
    new Promise<void>((resolve) => {
      hear = () => told.length === count && resolve();
      hear();
    });
  server.observe(
    { peer, method: GET, path: ["5", "0", "3"], accept: contentFormat.text },
    {
      onResponse: (outcome) => {
        if (outcome.kind === "response") told.push(new TextDecoder().decode(outcome.payload));
        hear();
      },
      onNotification: (notification) => {
        told.push(new TextDecoder().decode(notification.payload));
        hear();
      },
      onEnd: () => {},
    },
  );
  await heard(1);
  await ask({ method: PUT, path: ["5", "0", "0"], contentFormat: contentFormat.opaque, payload });
  await heard(2);
  expect(told).toEqual(["0", "2"]);

  await light.stop();
  expect(farewells).toEqual(["rd/1"]);
  expect(light.phase).toBe("off");
  server.close();
  await port.close();
});
