import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import type { ObjectModel } from "@lamplighter/lwm2m/object-model";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import { gatewayFromServer } from "./gateway-from-server.ts";

test.each([
  ["0..255 bytes", 255],
  ["0..40 bytes", 40],
  ["", undefined],
])("how long an address a light takes is read from the definition in force: %j", async (range, uriBytesMax) => {
  const clock = new FakeClock();
  const random = seeded(1);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(5) });
  const endpoint = new CoapEndpoint({ port: network.bind("server:5683"), clock, random });
  const models = knownObjects();
  for (const model of [...models.all()].filter(({ id }) => id === 5)) models.put(withAddressRange(model, range));
  const store = new MemoryRegistrationStore();
  const server = new Lwm2mServer({ endpoint, clock, random, store, enrol: () => "accept", models, onEvent() {} });
  await server.start();
  new VirtualLight({ port: network.bind("light:5683"), clock, random, identity, server: "server:5683" }).start();
  await pass(clock);

  const asked = gatewayFromServer(server).readDelivery("light");
  await pass(clock);
  expect(await asked).toMatchObject({ kind: "ok", value: { method: 1, uriBytesMax } });
});

/** Lets virtual time pass, and everything that waits for a promise with it. */
async function pass(clock: FakeClock): Promise<void> {
  for (let step = 0; step < 25; step++) {
    clock.advance(milliseconds(200));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function withAddressRange(model: ObjectModel, range: string): ObjectModel {
  const address = model.resources.get(1);
  return address ? { ...model, resources: new Map([...model.resources, [1, { ...address, range }]]) } : model;
}

const identity = {
  endpoint: "light",
  name: "Light",
  manufacturer: "Lumen Works",
  model: "LC-100",
  hardwareRevision: "B",
  serialNumber: "1",
  firmwareVersion: "1.4.2",
  latitude: 52,
  longitude: 4,
  street: "Mill Lane",
  district: "Harbour",
  feeder: "F1",
  cell: "C1",
  cellId: 1,
};
