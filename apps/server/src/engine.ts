import { engineListener } from "@lamplighter/api/inventory/engine-listener";
import type { EnrolmentGate } from "@lamplighter/api/inventory/enrolment-gate";
import { Interviewer } from "@lamplighter/api/inventory/interview";
import { markGone, markSleeping } from "@lamplighter/api/inventory/reconcile";
import { InventoryWriter } from "@lamplighter/api/inventory/writer";
import type { LiveFeed } from "@lamplighter/api/live/feed";
import { loadDefinitions } from "@lamplighter/api/object-model/registry";
import { queueListener } from "@lamplighter/api/queue/listener";
import { offenceListener } from "@lamplighter/api/security/offences";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { Database } from "@lamplighter/db/client";
import { PrismaQueuedRequestStore } from "@lamplighter/db/prisma-queued-request-store";
import { PrismaRegistrationStore } from "@lamplighter/db/prisma-registration-store";
import type { Downloads } from "@lamplighter/lwm2m/downloads";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import type { Registration } from "@lamplighter/lwm2m/registration";
import { Lwm2mServer, type ServerEvent } from "@lamplighter/lwm2m/server";
import { TraceRecorder } from "@lamplighter/lwm2m/trace/trace-recorder";
import type { Clock } from "@lamplighter/runtime/clock";
import { seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { secureRandom } from "./secure-random.ts";
import type { SecureWay } from "./secure-way.ts";
import type { Security } from "./security.ts";
import type { Shutdown } from "./shutdown.ts";

const sleepersSoughtEvery = seconds(15);

export interface EngineParts {
  /** Where lights come in, in the clear and over DTLS. */
  readonly way: SecureWay;
  readonly security: Pick<Security, "events" | "onSecured" | "onUnsecured">;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: string;
  readonly newId: () => string;
  readonly enrolment: EnrolmentGate;
  readonly live: LiveFeed;
  readonly downloads: Downloads;
  /** Object lists, as links, by the profile id of LwM2M 1.2 that stands for them. */
  readonly profiles: ReadonlyMap<string, string>;
  readonly shutdown: Shutdown;
}

/** The part that talks with lights: CoAP, the LwM2M server, and how its news reach the inventory. */
export function createEngine(parts: EngineParts) {
  const { way, security, database, clock, log, node, newId, enrolment, live, shutdown } = parts;
  const { prisma: db, pool } = database;
  const models = knownObjects();
  const writer = new InventoryWriter({ db, clock, log, newId, live });
  shutdown.add("inventory", () => writer.stop());
  const random = secureRandom();
  const coap = new CoapEndpoint({ port: way.port, clock, random, log });
  shutdown.add("CoAP endpoint", () => coap.close());
  const listeners = new Set<(event: ServerEvent) => void>();
  const lwm2m: Lwm2mServer = new Lwm2mServer({
    endpoint: coap,
    clock,
    random,
    log,
    store: new PrismaRegistrationStore({ pool, clock, log, node }),
    queueStore: new PrismaQueuedRequestStore({ db }),
    enrol: ({ endpoint }) => enrolment.judge(endpoint),
    authenticated: way.authenticated,
    whyNotClear: way.whyNotClear,
    models,
    downloads: parts.downloads,
    profiles: parts.profiles,
    onEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
  });
  shutdown.add("LwM2M server", () => lwm2m.stop());
  const interviewer = new Interviewer({ server: lwm2m, log });
  const interview = ({ endpoint }: { endpoint: string }) => interviewer.ask(endpoint);
  listeners.add(engineListener({ writer, clock, enrolment, interview, shown: way.shown }));
  listeners.add(offenceListener({ events: security.events, shown: way.shown, identityOf: way.identityOf }));
  listeners.add(queueListener(writer));

  const trace = new TraceRecorder({
    clock,
    tap: (tap) => coap.onTrace(tap),
    addressOf: (endpoint) => lwm2m.find(endpoint)?.address,
    observedUnder: (endpoint, token) => lwm2m.observedUnder(endpoint, token),
  });
  listeners.add((event) => trace.onEvent(event));
  shutdown.add("trace", () => trace.close());

  /** Ends what lights registered in the clear that may not be in the clear any more. */
  const endClear = (among: Iterable<Registration> = lwm2m.registrations()): number => {
    const ended = [...among].filter((each) => !each.authenticated && way.whyNotClear(each.endpoint) !== undefined);
    for (const { endpoint } of ended) lwm2m.deregister(endpoint);
    return ended.length;
  };
  security.onSecured((endpoint, purpose) => {
    const registration = purpose === "server" ? lwm2m.find(endpoint) : undefined;
    if (registration) endClear([registration]);
  });
  /** Ends what lights registered with a key that they have no more: nobody could speak for it, nor come after it. */
  const endUnproved = (among: Iterable<Registration>): number => {
    const ended = [...among].filter((each) => each.authenticated && !way.canProve(each.endpoint));
    for (const { endpoint } of ended) lwm2m.deregister(endpoint);
    return ended.length;
  };
  security.onUnsecured((endpoint, purpose) => {
    const registration = purpose === "server" ? lwm2m.find(endpoint) : undefined;
    if (registration) endUnproved([registration]);
  });

  return {
    endClear,
    coap,
    lwm2m,
    models,
    trace,
    writer,
    /** Hears everything the LwM2M server tells, until the returned function is called. */
    onEvent(listener: (event: ServerEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** From here on lights can register. */
    async start(): Promise<void> {
      await markGone(db);
      await loadDefinitions(db, models);
      await lwm2m.start();
      const ended = endClear();
      if (ended > 0) log.warn("Lights that may not speak in the clear any more lost their registration.", { ended });
      const unproved = endUnproved(lwm2m.registrations());
      if (unproved > 0) log.warn("Lights that have no key any more lost their registration.", { ended: unproved });
      const timer = setInterval(async () => {
        try {
          for (const deviceId of await markSleeping({ db, clock })) live.note({ kind: "device", deviceId });
        } catch (error) {
          log.warn("Sleeping lights could not be marked; it is tried again.", { error: String(error) });
        }
      }, sleepersSoughtEvery);
      shutdown.add("interviews", () => {
        clearInterval(timer);
        interviewer.stop();
      });
    },
  };
}
export type Engine = ReturnType<typeof createEngine>;
