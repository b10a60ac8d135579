import type { BootstrapConfiguration } from "../bootstrap/configuration.ts";
import type { BootstrapRecord, ChosenConfiguration } from "../bootstrap/store.ts";

/** A configuration with one server, as most installations have it. */
export function configurationOf(changes: Partial<BootstrapConfiguration> = {}): BootstrapConfiguration {
  return {
    deletions: ["/0", "/1"],
    security: [
      {
        uri: "coap://192.0.2.1:5683",
        isBootstrapServer: false,
        credentials: { mode: "no-sec" },
        shortServerId: 1,
      },
    ],
    servers: [{ shortServerId: 1, lifetimeSeconds: 86_400, binding: "U", storesNotifications: false }],
    accessControl: [],
    ...changes,
  };
}

export function chosenOf(changes: Partial<BootstrapConfiguration> = {}, name = "everybody"): ChosenConfiguration {
  return { id: name, name, configuration: configurationOf(changes) };
}

export function recordOf(changes: Partial<BootstrapRecord> = {}): BootstrapRecord {
  return {
    endpoint: "light-1",
    address: "192.0.2.7:5683",
    trigger: "request",
    configurationId: "c1",
    configurationName: "everybody",
    startedAt: 1_000,
    endedAt: 2_000,
    outcome: "finished",
    steps: [
      {
        operation: "discover",
        path: "/",
        startedAt: 1_000,
        endedAt: 1_100,
        code: "2.05",
        note: "Its bootstrap account is /0/1.",
      },
      { operation: "finish", path: "/bs", startedAt: 1_100, endedAt: 2_000, code: "2.04" },
    ],
    ...changes,
  };
}
