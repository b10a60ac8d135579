import { randomBytes } from "node:crypto";
import { CHANGED, DELETE, DELETED, GET, POST } from "@lamplighter/coap/code";
import { CoapEndpoint, type RequestOutcome } from "@lamplighter/coap/endpoint";
import { DtlsServerPort } from "@lamplighter/dtls/server-port";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, parseAddress } from "@lamplighter/runtime/udp-port";
import { expect, test } from "vitest";
import { ReferenceLight } from "./reference-light.ts";

const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");

/** A server behind DTLS that registers whoever comes; `arrived` resolves with the next one's name. */
async function secureServer(port = 0) {
  const udp = await bindUdp({ host: "127.0.0.1", port });
  const dtls = new DtlsServerPort({
    ...{ port: udp, clock: systemClock(), randomBytes },
    keyOf: (identity) => (Buffer.from(identity).toString() === "reference-1" ? key : undefined),
  });
  const coap = new CoapEndpoint({ port: dtls, clock: systemClock(), random: seeded(1) });
  let wake = (_: string) => {};
  coap.onRequest((request) => {
    if (request.method === POST && request.path.length === 1) {
      request.respond({ code: 0x41, locationPath: ["rd", "1"] }, () => wake(request.peer));
    } else request.respond({ code: request.method === DELETE ? DELETED : CHANGED });
  });
  return {
    ...{ coap, dtls },
    address: parseAddress(udp.address),
    arrived: () => new Promise<string>((resolve) => (wake = resolve)),
    async close() {
      coap.close();
      dtls.stop();
      await udp.close();
    },
  };
}

function lightAt(server: { host: string; port: number }): ReferenceLight {
  return new ReferenceLight({
    ...{ server, host: "127.0.0.1", lifetimeSeconds: 60, installMilliseconds: 300 },
    proof: { identity: new TextEncoder().encode("reference-1"), key },
    identity: {
      ...{ endpoint: "reference-1", name: "Mill Lane 3", manufacturer: "Other Maker", model: "LC-200" },
      ...{ hardwareRevision: "A", serialNumber: "9", firmwareVersion: "1.5.0", latitude: 52.1, longitude: 4.3 },
      ...{ street: "Mill Lane", district: "Old Town", feeder: "F2", cell: "C7", cellId: 70_000 },
    },
  });
}

test("a light on two independent stacks, one over the other, registers over DTLS and is read, and again after a restart of its own", async () => {
  const server = await secureServer();
  const light = lightAt(server.address);
  const model = (peer: string) =>
    new Promise<RequestOutcome>((resolve) =>
      server.coap.request({ peer, method: GET, path: ["3", "0", "1"] }, resolve),
    );
  const first = server.arrived();
  await light.start();
  const peer = await first;
  expect(server.dtls.peerOf(peer)).toMatchObject({ hasConnectionId: false, credential: "psk" });
  const outcome = await model(peer);
  expect(outcome.kind === "response" && new TextDecoder().decode(outcome.payload)).toBe("LC-200");

  const again = server.arrived();
  await new Promise<void>((resolve) =>
    server.coap.request({ peer, method: POST, path: ["3", "0", "4"] }, () => resolve()),
  );
  const later = await again;
  expect(later).not.toBe(peer);
  expect((await model(later)).kind).toBe("response");
  expect([light.counters.handshakes, light.counters.powerUps]).toEqual([2, 2]);
  await light.stop();
  await server.close();
});

test("it makes a connection anew when the server ends the one that it has, and may be switched off before it has any", async () => {
  const server = await secureServer();
  const light = lightAt(server.address);
  const first = server.arrived();
  await light.start();
  const peer = await first;
  server.dtls.disconnect(peer);
  await expect.poll(() => light.counters.handshakes, { timeout: 10_000 }).toBe(2);
  await light.stop();
  await light.start();
  await light.stop();
  expect(light.phase).toBe("off");
  await server.close();
});
