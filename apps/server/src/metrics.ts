import type { Services } from "@lamplighter/api/context";
import type { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { DtlsServerPort } from "@lamplighter/dtls/server-port";
import type { Lwm2mServer } from "@lamplighter/lwm2m/server";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { RunningBootstrap } from "./bootstrap.ts";
import type { LiveSocket } from "./live-socket.ts";

/** Figures for Prometheus. Counters of the engine are read when somebody asks, not kept twice. */
export function createMetrics(sources: {
  readonly dtls: DtlsServerPort;
  readonly coap: CoapEndpoint;
  readonly lwm2m: Lwm2mServer;
  /** Absent where the bootstrap server is a process of its own. */
  readonly bootstrap?: RunningBootstrap | undefined;
  readonly live: LiveSocket;
  readonly services: Services;
}): () => Promise<{ type: string; text: string }> {
  const { dtls, coap, lwm2m, bootstrap, live, services } = sources;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect: function collect() {
        this.set(read());
      },
    });
  const table = (name: string, help: string, read: () => object) =>
    new Gauge({
      name,
      help,
      labelNames: ["name"],
      registers: [registry],
      collect: function collect() {
        for (const [key, value] of Object.entries(read()))
          if (typeof value === "number") this.set({ name: key }, value);
      },
    });
  gauge("lamplighter_registrations", "Lights registered now", () => lwm2m.registrationCount);
  gauge("lamplighter_live_connections", "Tabs connected now", () => live.connections);
  gauge("lamplighter_live_followers", "Subscriptions open now", () => services.live.followers);
  table("lamplighter_coap", "What the CoAP endpoint counted since the start", () => coap.counters);
  table("lamplighter_coap_load", "What the CoAP endpoint holds now", () => coap.load);
  gauge("lamplighter_dtls_connections", "Lights connected over DTLS now", () => dtls.connections);
  table("lamplighter_dtls", "What DTLS counted since the start", () => dtls.counters);
  table("lamplighter_lwm2m", "What the LwM2M server counted since the start", () => lwm2m.counters);
  if (bootstrap) {
    const { server, endpoint, way } = bootstrap;
    table("lamplighter_bootstrap_dtls", "What its DTLS counted since the start", () => way.dtls.counters);
    gauge("lamplighter_bootstraps_running", "Bootstraps under way now", () => server.running);
    table("lamplighter_bootstrap", "What the bootstrap server counted since the start", () => server.counters);
    table("lamplighter_bootstrap_coap", "What its CoAP endpoint counted since the start", () => endpoint.counters);
  }
  return async () => ({ type: registry.contentType, text: await registry.metrics() });
}
