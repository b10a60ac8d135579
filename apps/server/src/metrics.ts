import type { Services } from "@lamplighter/api/context";
import type { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { DtlsServerPort } from "@lamplighter/dtls/server-port";
import type { Lwm2mServer } from "@lamplighter/lwm2m/server";
import type { RunningBootstrap } from "./bootstrap.ts";
import { addBootstrapFigures, figures } from "./figures.ts";
import type { LiveSocket } from "./live-socket.ts";

/** The figures of the main server. */
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
  const book = figures();
  const { gauge, table } = book;
  gauge("lamplighter_registrations", "Lights registered now", () => lwm2m.registrationCount);
  gauge("lamplighter_live_connections", "Tabs connected now", () => live.connections);
  gauge("lamplighter_live_followers", "Subscriptions open now", () => services.live.followers);
  table("lamplighter_coap", "What the CoAP endpoint counted since the start", () => coap.counters);
  table("lamplighter_coap_load", "What the CoAP endpoint holds now", () => coap.load);
  gauge("lamplighter_dtls_connections", "Lights connected over DTLS now", () => dtls.connections);
  table("lamplighter_dtls", "What DTLS counted since the start", () => dtls.counters);
  table("lamplighter_lwm2m", "What the LwM2M server counted since the start", () => lwm2m.counters);
  if (bootstrap) addBootstrapFigures(book, bootstrap);
  return book.text;
}
