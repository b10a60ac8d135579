import type { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { DtlsServerPort } from "@lamplighter/dtls/server-port";
import type { BootstrapServer } from "@lamplighter/lwm2m/bootstrap/server";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** Figures for Prometheus, those of the process itself among them. They are read when somebody asks, not kept twice. */
export function figures() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    gauge(name: string, help: string, read: () => number): void {
      new Gauge({
        ...{ name, help, registers: [registry] },
        collect: function collect() {
          this.set(read());
        },
      });
    },
    /** One figure of each number that an object holds, under its name. */
    table(name: string, help: string, read: () => object): void {
      new Gauge({
        ...{ name, help, labelNames: ["name"], registers: [registry] },
        collect: function collect() {
          for (const [key, value] of Object.entries(read()))
            if (typeof value === "number") this.set({ name: key }, value);
        },
      });
    },
    text: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}

/** The bootstrap server's part of the figures, in whichever process it runs. */
export function addBootstrapFigures(
  { gauge, table }: Pick<ReturnType<typeof figures>, "gauge" | "table">,
  bootstrap: {
    readonly server: Pick<BootstrapServer, "running" | "counters">;
    readonly endpoint: Pick<CoapEndpoint, "counters">;
    readonly way: { readonly dtls: Pick<DtlsServerPort, "counters"> };
  },
): void {
  const { server, endpoint, way } = bootstrap;
  table("lamplighter_bootstrap_dtls", "What its DTLS counted since the start", () => way.dtls.counters);
  gauge("lamplighter_bootstraps_running", "Bootstraps under way now", () => server.running);
  table("lamplighter_bootstrap", "What the bootstrap server counted since the start", () => server.counters);
  table("lamplighter_bootstrap_coap", "What its CoAP endpoint counted since the start", () => endpoint.counters);
}
