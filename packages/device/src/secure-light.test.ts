import { createHash } from "node:crypto";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { type DtlsEvent, DtlsServerPort } from "@lamplighter/dtls/server-port";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { type Conditions, fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import type { LightProof } from "./secure-links.ts";
import { VirtualLight } from "./virtual-light.ts";

const serverAddress = "192.0.2.1:5684";
const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const proofOf = (name: string): LightProof => ({ identity: new TextEncoder().encode(name), key });

/** Bytes that look random and are the same for every run of one seed. Never outside of tests. */
function seededBytes(seed: number): (count: number) => Uint8Array {
  let drawn = 0;
  return (count) => createHash("shake256", { outputLength: count }).update(`${seed}:${drawn++}`).digest();
}

/** A server behind DTLS, and a light with a key whose network address may change. */
async function world({ conditions, seed = 1 }: { conditions?: Partial<Conditions>; seed?: number } = {}) {
  const clock = new FakeClock();
  const weather = { loss: 0, duplication: 0, delayMax: milliseconds(20), ...conditions };
  const network = fakeNetwork(clock, seeded(seed), weather);
  const events: DtlsEvent[] = [];
  const dtls = new DtlsServerPort({
    port: network.bind(serverAddress),
    clock,
    randomBytes: seededBytes(seed),
    keyOf: (identity) => (Buffer.from(identity).toString() === "light-1" ? key : undefined),
    onEvent: (event) => events.push(event),
  });
  const server = new Lwm2mServer({
    endpoint: new CoapEndpoint({ port: dtls, clock, random: seeded(seed + 1) }),
    clock,
    random: seeded(seed + 2),
    store: new MemoryRegistrationStore(),
    enrol: () => "accept",
    models: knownObjects(),
    onEvent: () => {},
    authenticated: (peer) => Buffer.from(dtls.peerOf(peer)?.identity ?? []).toString(),
  });
  await server.start();
  // The light's side of a NAT: what it is bound to may change under it.
  let listener: (from: string, datagram: Uint8Array) => void = () => {};
  let places = 0;
  const bind = () => {
    const port = network.bind(`10.0.0.1:${5_000 + ++places}`);
    port.onDatagram((from, datagram) => listener(from, datagram));
    return port;
  };
  let place = bind();
  const light = new VirtualLight({
    port: {
      get address() {
        return place.address;
      },
      send: (to, datagram) => place.send(to, datagram),
      onDatagram: (given) => {
        listener = given;
      },
    },
    clock,
    random: seeded(seed + 3),
    randomBytes: seededBytes(seed + 4),
    server: serverAddress,
    proof: proofOf("light-1"),
    installTime: seconds(3),
    identity: {
      ...{ endpoint: "light-1", manufacturer: "Maker", model: "L1", hardwareRevision: "A", name: "One" },
      ...{ serialNumber: "1", firmwareVersion: "1.0.0", latitude: 0, longitude: 0, cell: "C", cellId: 1 },
      ...{ street: "Main", district: "North", feeder: "F" },
    },
  });
  async function pass(span: number, isDone: () => boolean = () => false): Promise<void> {
    for (let passed = 0; passed < span && !isDone(); passed += 50) {
      clock.advance(milliseconds(50));
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }
  return {
    ...{ clock, dtls, events, light, network, pass, server },
    /** The NAT gives the light's port away: it is heard from another one. */
    moves() {
      network.unbind(place.address);
      place = bind();
    },
  };
}

test("a light with a key registers over DTLS, and nothing of it is in the clear", async () => {
  const { light, network, pass, server, events } = await world();
  const seen: string[] = [];
  network.watch(({ datagram }) => seen.push(Buffer.from(datagram).toString("latin1")));
  light.start();
  await pass(5_000, () => light.phase === "registered");
  expect(light.phase).toBe("registered");
  expect(server.find("light-1")?.authenticated).toBe(true);
  expect(events.map(({ kind }) => kind)).toEqual(["connected"]);
  expect(seen.some((datagram) => datagram.includes("ep=light-1"))).toBe(false);
  expect([light.counters.handshakes, light.counters.powerUps]).toEqual([1, 1]);
});

test("an image comes through while the light's address changes in the middle, over a radio that loses a tenth, with one handshake", async () => {
  const { light, pass, server, moves, dtls } = await world({ conditions: { loss: 0.1, duplication: 0.05 }, seed: 3 });
  light.start();
  await pass(60_000, () => light.phase === "registered");
  const image = buildImage({ version: "2.0.0", bytes: 120_000, seed: 1 });
  let outcome: string | undefined;
  void server.writeOpaque("light-1", "/5/0/0", image, {}).then(({ kind }) => {
    outcome = kind;
  });
  for (let move = 1; move <= 3; move++) {
    const blocks = light.counters.blocksArrived;
    await pass(120_000, () => light.counters.blocksArrived >= blocks + 5);
    expect(outcome).toBeUndefined();
    moves();
  }
  await pass(600_000, () => outcome !== undefined);
  expect(light.firmware.state).toBe(2);
  expect(dtls.counters.addressMoves).toBeGreaterThanOrEqual(2);
  expect(light.counters.handshakes).toBe(1);
});

test("each time it is switched on a light makes one new connection, and registers over it", async () => {
  const { light, pass, server } = await world();
  light.start();
  await pass(5_000, () => light.phase === "registered");
  for (let times = 2; times <= 3; times++) {
    light.cutPower();
    await pass(2_000);
    light.start();
    await pass(10_000, () => light.phase === "registered");
    expect([light.counters.handshakes, light.counters.powerUps]).toEqual([times, times]);
  }
  expect(server.registrationCount).toBe(1);
});

test("a light to which the server is deaf gives its connection up after an Update without an answer, and makes a new one", async () => {
  const { light, network, pass } = await world();
  light.start();
  await pass(5_000, () => light.phase === "registered");
  network.partition(serverAddress);
  await pass(300_000, () => light.phase !== "registered");
  expect(light.phase).toBe("registering");
  network.heal(serverAddress);
  await pass(120_000, () => light.phase === "registered");
  expect(light.counters.handshakes).toBe(2);
});
