import { createHash } from "node:crypto";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { DtlsEvent } from "@lamplighter/dtls/server-options";
import { DtlsServerPort } from "@lamplighter/dtls/server-port";
import type { BootstrapConfiguration } from "@lamplighter/lwm2m/bootstrap/configuration";
import { MemoryBootstrapStore } from "@lamplighter/lwm2m/bootstrap/memory-store";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { BootstrapServer } from "@lamplighter/lwm2m/bootstrap/server";
import { Downloads } from "@lamplighter/lwm2m/downloads";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import type { Address } from "@lamplighter/runtime/datagram";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { type Conditions, fakeNetwork } from "@lamplighter/simulation/fake-network";
import { VirtualLight } from "../virtual-light.ts";
import { movingPort } from "./moving-port.ts";
import { identity } from "./world.ts";

export const serverAddress = "192.0.2.1:5684";
const bootstrapAddress = "192.0.2.2:5784";
const lightName = identity.endpoint;
const bootstrapKey = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";

/** Bytes that look random and are the same for every run of one seed. Never outside of tests. */
function seededBytes(seed: number): (count: number) => Uint8Array {
  let drawn = 0;
  return (count) => createHash("shake256", { outputLength: count }).update(`${seed}:${drawn++}`).digest();
}

interface SecureWorldOptions {
  readonly conditions?: Partial<Conditions>;
  readonly seed?: number;
  /** What the light comes with: the key of its server (usual), or one for a bootstrap server that brings it there, or a wrong one. */
  readonly comesWith?: "server-key" | "bootstrap-key" | "wrong-bootstrap-key";
  /** It fetches its images, over CoAPS; it is sent them otherwise. */
  readonly fetches?: boolean;
}

/** A server and a bootstrap server behind DTLS, and a light with a key whose network address may change. */
export async function secureWorld({
  conditions,
  seed = 1,
  comesWith = "server-key",
  fetches = false,
}: SecureWorldOptions = {}) {
  const clock = new FakeClock();
  const weather = { loss: 0, duplication: 0, delayMax: milliseconds(20), ...conditions };
  const network = fakeNetwork(clock, seeded(seed), weather);
  const events: DtlsEvent[] = [];
  const keys = new Map([[lightName, "000102030405060708090a0b0c0d0e0f"]]);
  const dtlsAt = (address: Address, keyOf: (identity: string) => string | undefined) =>
    new DtlsServerPort({
      port: network.bind(address),
      clock,
      randomBytes: seededBytes(seed + address.length),
      keyOf: (name) => {
        const key = keyOf(Buffer.from(name).toString());
        return key === undefined ? undefined : Buffer.from(key, "hex");
      },
      onEvent: (event) => events.push(event),
    });
  const provedAt = (dtls: DtlsServerPort) => (peer: Address) =>
    Buffer.from(dtls.peerOf(peer)?.identity ?? []).toString();

  const dtls = dtlsAt(serverAddress, (name) => keys.get(name));
  const downloads = new Downloads({ secret: new Uint8Array(16), clock });
  const server = new Lwm2mServer({
    downloads,
    endpoint: new CoapEndpoint({ port: dtls, clock, random: seeded(seed + 1) }),
    clock,
    random: seeded(seed + 2),
    store: new MemoryRegistrationStore(),
    enrol: () => "accept",
    models: knownObjects(),
    onEvent: () => {},
    authenticated: (peer) => provedAt(dtls)(peer).replace(/#.*$/, ""),
  });
  await server.start();

  const bootstrapDtls = dtlsAt(bootstrapAddress, (name) => (name === `bs-${lightName}` ? bootstrapKey : undefined));
  const store = new MemoryBootstrapStore();
  const bootstrapServer = new BootstrapServer({
    endpoint: new CoapEndpoint({ port: bootstrapDtls, clock, random: seeded(seed + 5) }),
    ...{ clock, store },
    authenticated: (peer) => provedAt(bootstrapDtls)(peer).replace(/^bs-/, ""),
  });
  /** From now on bootstraps write this key of the server, under this name of the light's; the server knows it. */
  function givesOut(name: string, key: string): void {
    keys.set(name, key);
    const configuration: BootstrapConfiguration = {
      deletions: ["/0", "/1"],
      security: [
        {
          ...{ uri: `coaps://${serverAddress}`, isBootstrapServer: false, shortServerId: 1 },
          credentials: { mode: "psk", identity: name, key },
        },
      ],
      servers: [{ shortServerId: 1, lifetimeSeconds: 300, binding: "U", storesNotifications: false }],
      accessControl: [],
    };
    store.byDefault = { id: "default", name: "Everybody", configuration };
  }
  givesOut(`${lightName}#1`, "101112131415161718191a1b1c1d1e1f");

  let places = 0;
  const nextPlace = () => `10.0.0.1:${5_000 + ++places}`;
  const port = movingPort(network, nextPlace());
  const light = new VirtualLight({
    ...{ port, clock, identity },
    random: seeded(seed + 3),
    randomBytes: seededBytes(seed + 4),
    installTime: seconds(3),
    ...(fetches && { delivery: "pull", protocols: ["coaps"] }),
    ...(comesWith === "server-key"
      ? {
          server: serverAddress,
          proof: { identity: new TextEncoder().encode(lightName), key: Buffer.from(keys.get(lightName) ?? "", "hex") },
        }
      : {
          accounts: provisionedObjects({
            ...{ deletions: [], servers: [], accessControl: [] },
            security: [
              {
                ...{ uri: `coaps://${bootstrapAddress}`, isBootstrapServer: true },
                credentials: {
                  mode: "psk",
                  identity: `bs-${lightName}`,
                  key: comesWith === "bootstrap-key" ? bootstrapKey : `00${bootstrapKey.slice(2)}`,
                },
              },
            ],
          }),
        }),
  });
  async function pass(span: number, isDone: () => boolean = () => false): Promise<void> {
    for (let passed = 0; passed < span && !isDone(); passed += 50) {
      clock.advance(milliseconds(50));
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }
  return {
    ...{ bootstrapServer, clock, downloads, dtls, events, givesOut, keys, light, network, pass, server, store },
    /** Switches the light on, and waits until it is registered. */
    async registers() {
      light.start();
      await pass(120_000, () => light.phase === "registered");
    },
    /** The NAT gives the light's port away: it is heard from another one. */
    moves: () => port.moveTo(nextPlace()),
  };
}
