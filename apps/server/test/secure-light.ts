import { randomBytes } from "node:crypto";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { DtlsClientPort } from "@lamplighter/dtls/client-port";
import type { HandshakeFailure } from "@lamplighter/dtls/established";
import type { DatagramPort } from "@lamplighter/runtime/datagram";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";

export const identityOf = (endpoint: string): LightIdentity => ({
  ...{ endpoint, manufacturer: "Maker", model: "L1", hardwareRevision: "A", name: endpoint, serialNumber: "1" },
  ...{ firmwareVersion: "1.0.0", latitude: 48.2, longitude: 16.4, cell: "C01", cellId: 1, street: "Main Road" },
  ...{ district: "North", feeder: "F1" },
});

export interface Proof {
  readonly identity: string | Uint8Array;
  readonly key: Uint8Array;
}

/** A light's own side of DTLS, on a UDP port of its own. */
export async function openClient(serverPort: number, { identity, key }: Proof) {
  const udp = await bindUdp({ host: "127.0.0.1", port: 0 });
  const server = `127.0.0.1:${serverPort}`;
  const failed = Promise.withResolvers<HandshakeFailure>();
  const dtls = new DtlsClientPort({
    ...{ port: udp, server, key, randomBytes, clock: systemClock() },
    identity: typeof identity === "string" ? new TextEncoder().encode(identity) : identity,
    connectionId: new Uint8Array(),
    retryAfter: milliseconds(200),
    onFailed: (why) => failed.resolve(why),
  });
  return {
    dtls,
    server,
    address: udp.address,
    /** Why its first handshake that came to nothing did so. */
    failed: failed.promise,
    async [Symbol.asyncDispose]() {
      dtls.disconnect();
      await udp.close();
    },
  };
}

/** A light that registers over CoAPS. */
export async function secureLight(serverPort: number, proof: Proof, endpoint: string) {
  const client = await openClient(serverPort, proof);
  const { dtls } = client;
  const sent: Uint8Array[] = [];
  const heard: Uint8Array[] = [];
  const port: DatagramPort = {
    address: dtls.address,
    send(to, datagram) {
      sent.push(datagram.slice());
      dtls.send(to, datagram);
    },
    onDatagram: (listener) =>
      dtls.onDatagram((from, datagram) => {
        heard.push(datagram.slice());
        listener(from, datagram);
      }),
  };
  const light = new VirtualLight({
    ...{ port, server: client.server, clock: systemClock(), random: seeded(1) },
    identity: identityOf(endpoint),
    installTime: milliseconds(200),
  });
  light.start();
  return {
    ...client,
    light,
    /** CoAP messages, as they were before and after their protection. */
    sent,
    heard,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => light.stop(resolve));
      await client[Symbol.asyncDispose]();
    },
  };
}
