import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { BootstrapConfiguration } from "@lamplighter/lwm2m/bootstrap/configuration";
import { MemoryBootstrapStore } from "@lamplighter/lwm2m/bootstrap/memory-store";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { BootstrapServer } from "@lamplighter/lwm2m/bootstrap/server";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import type { ObjectNode } from "@lamplighter/lwm2m/node";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { VirtualLight, type VirtualLightOptions } from "../virtual-light.ts";
import { identity } from "./world.ts";

const serverUri = "coap://192.0.2.1:5683";
const bootstrapUri = "coap://192.0.2.2:5783";

/** What the bootstrap server gives to everybody, and what a test changes of it. */
export function accountsAt(uri = serverUri, changes: Partial<BootstrapConfiguration> = {}): BootstrapConfiguration {
  return {
    deletions: ["/0", "/1"],
    security: [{ uri, isBootstrapServer: false, credentials: { mode: "no-sec" }, shortServerId: 1 }],
    servers: [{ shortServerId: 1, lifetimeSeconds: 86_400, binding: "U", storesNotifications: false }],
    accessControl: [],
    ...changes,
  };
}

/** What a light comes with that knows nothing but its bootstrap server. */
export function onlyBootstrap(): readonly ObjectNode[] {
  const security = [{ uri: bootstrapUri, isBootstrapServer: true, credentials: { mode: "no-sec" } as const }];
  return provisionedObjects({ ...accountsAt(), security, servers: [] });
}

/** A server, a bootstrap server and one light, all of them real, on a network in memory. */
export async function bootstrapWorld(
  accounts: readonly ObjectNode[] = onlyBootstrap(),
  configuration: BootstrapConfiguration | undefined = accountsAt(),
  bootstrap: VirtualLightOptions["bootstrap"] = {},
) {
  const clock = new FakeClock();
  const random = seeded(3);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(10) });
  const endpointAt = (address: string) => new CoapEndpoint({ port: network.bind(address), clock, random });
  const store = new MemoryBootstrapStore();
  store.byDefault = { id: "default", name: "Everybody", configuration };
  const bootstrapServer = new BootstrapServer({ endpoint: endpointAt("192.0.2.2:5783"), clock, store });
  const serverAt = async (address: string) => {
    const server = new Lwm2mServer({
      ...{ endpoint: endpointAt(address), clock, random },
      store: new MemoryRegistrationStore(),
      models: knownObjects(),
      enrol: () => "accept",
      onEvent: () => {},
    });
    await server.start();
    return server;
  };
  const server = await serverAt("192.0.2.1:5683");
  const light = new VirtualLight({
    port: network.bind("192.0.2.7:40000"),
    clock,
    random,
    identity,
    accounts,
    bootstrap,
  });
  const pass = async (span: Duration) => {
    for (let elapsed = 0; elapsed < span; elapsed += 50) {
      clock.advance(milliseconds(50));
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
  };
  /** Asks the light something as its server, while time passes. */
  const operate = async <T>(operation: Promise<T>): Promise<T> => {
    await pass(seconds(2));
    return operation;
  };
  return {
    ...{ clock, network, store, bootstrapServer, server, serverAt, light, pass, operate },
    outcomes: () => store.records.map(({ outcome }) => outcome),
    steps: () => store.records.at(-1)?.steps.map(({ operation, path, code }) => `${operation} ${path} ${code}`) ?? [],
  };
}
