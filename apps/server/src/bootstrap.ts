import { randomUUID } from "node:crypto";
import { type BootstrapListenerParts, bootstrapListener, bootstrapStore } from "@lamplighter/api/bootstrap/listener";
import { offenceListener } from "@lamplighter/api/security/offences";
import { withOwnKeys } from "@lamplighter/api/security/own-keys";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { type Database, openDatabase } from "@lamplighter/db/client";
import { BootstrapServer } from "@lamplighter/lwm2m/bootstrap/server";
import type { TraceRecorder } from "@lamplighter/lwm2m/trace/trace-recorder";
import type { Clock } from "@lamplighter/runtime/clock";
import { isSecure } from "@lamplighter/runtime/joined-port";
import type { Log } from "@lamplighter/runtime/log";
import { reachable } from "./addresses.ts";
import type { Config } from "./config.ts";
import { openCertificates } from "./dtls-certificates.ts";
import { addBootstrapFigures, figures } from "./figures.ts";
import { openFiguresDoor } from "./figures-door.ts";
import { openMasterKey } from "./key-file.ts";
import { metricsAccess } from "./metrics-access.ts";
import { secureRandom } from "./secure-random.ts";
import type { SecureWay } from "./secure-way.ts";
import { bindPair, openSecurity, type PortPair, portOf, type Security } from "./security.ts";
import type { Shutdown } from "./shutdown.ts";
import { portFailure, StartFailure } from "./start-failure.ts";

/** Binds the bootstrap server's two UDP ports. */
export function bindBootstrap({ coapHost, bootstrapPort, bootstrapCoapsPort }: Config): Promise<PortPair> {
  return bindPair(coapHost, {
    plain: { port: bootstrapPort, name: "bootstrap port", setting: "LAMPLIGHTER_BOOTSTRAP_PORT" },
    secure: { port: bootstrapCoapsPort, name: "bootstrap CoAPS port", setting: "LAMPLIGHTER_BOOTSTRAP_COAPS_PORT" },
  });
}

export interface RunningBootstrap {
  readonly port: number;
  readonly coapsPort: number;
  readonly way: SecureWay;
  readonly server: BootstrapServer;
  readonly endpoint: CoapEndpoint;
}

/** The part that gives lights their accounts. It needs the database and nothing else, so it may be a process of its own. */
export function startBootstrap({
  ports,
  security,
  shutdown,
  trace,
  ...parts
}: BootstrapListenerParts & {
  readonly ports: PortPair;
  readonly security: Security;
  readonly shutdown: Shutdown;
  /** Where what is said with one light is recorded; absent in a process that serves no console. */
  readonly trace?: TraceRecorder;
}): RunningBootstrap {
  const { db, clock, log } = parts;
  shutdown.add("bootstrap ports", async () => {
    await ports.plain.close();
    await ports.secure.close();
  });
  const way = security.way("bootstrap", ports);
  const endpoint = new CoapEndpoint({ port: way.port, clock, random: secureRandom(), log });
  const listener = bootstrapListener({ ...parts, shown: way.shown });
  const offended = offenceListener({ events: security.events, shown: way.shown, identityOf: way.identityOf });
  const store = bootstrapStore(db);
  const server = new BootstrapServer({
    endpoint,
    clock,
    log,
    store: {
      configurationFor: (name) => store.configurationFor(name),
      record: (record) => store.record({ ...record, address: way.shown(record.address) }),
    },
    authenticated: way.authenticated,
    whyNotClear: way.whyNotClear,
    prepare: (chosen, { endpoint, address }) =>
      withOwnKeys(security.store, chosen, { endpoint, isSecure: isSecure(address) }),
    onEvent: (event) => {
      trace?.onBootstrap(event);
      listener(event);
      offended(event);
    },
  });
  trace?.hearBootstrap({ tap: (tap) => endpoint.onTrace(tap), addressOf: (name) => server.addressOf(name) });
  shutdown.add("bootstrap server", async () => {
    await server.stop();
    endpoint.close();
  });
  return { port: portOf(ports.plain), coapsPort: portOf(ports.secure), way, server, endpoint };
}

/**
 * The bootstrap server as a process of its own: an operator's database, a UDP port, and nothing else. Tables are the main
 * server's to bring up to date; start that one first. Answers the line that says it is ready.
 */
export async function startBootstrapAlone(
  config: Config,
  { clock, log, shutdown }: { readonly clock: Clock; readonly log: Log; readonly shutdown: Shutdown },
): Promise<string> {
  if (config.databaseUrl === undefined) {
    throw new StartFailure(
      "--only bootstrap needs a database that several processes share: set DATABASE_URL, for this process and for the main server.",
    );
  }
  const ports = await bindBootstrap(config);
  const database = await openDatabase({ url: config.databaseUrl, log, migrate: false });
  shutdown.add("database connections", () => database.close());
  const { prisma: db } = database;
  const newId = () => randomUUID();
  // The main server makes the key; two that were made apart could not read what the other seals.
  const master = await openMasterKey(config, { db, log, at: clock.now(), mayMake: false });
  // Lights know one key of ours: it is the main server's, given to both.
  const own = config.dtlsKeyFile === undefined ? undefined : openCertificates(config);
  const security = await openSecurity({ config, db, master, own, clock, log, newId, shutdown });
  const bootstrap = startBootstrap({ ports, security, db, clock, log, shutdown });
  const { port, coapsPort } = bootstrap;
  const metricsPort = await tellFigures(config, { bootstrap, database, log, shutdown });
  const uris = `${bootstrapUriOf(config, port)} and ${bootstrapCoapsUriOf(config, coapsPort)}`;
  return config.printReadyJson
    ? JSON.stringify({ bootstrapPort: port, bootstrapCoapsPort: coapsPort, ...(metricsPort && { metricsPort }) })
    : `The bootstrap server is ready: ${uris}`;
}

/** Opens a door for those who watch, where one is asked for; answers its port. */
async function tellFigures(
  { host, metricsPort, metricsToken }: Config,
  {
    bootstrap,
    database,
    log,
    shutdown,
  }: {
    readonly bootstrap: RunningBootstrap;
    readonly database: Pick<Database, "prisma">;
    readonly log: Log;
    readonly shutdown: Shutdown;
  },
): Promise<number | undefined> {
  if (metricsPort === undefined) return undefined;
  const book = figures();
  addBootstrapFigures(book, bootstrap);
  const door = await openFiguresDoor({
    ...{ host, port: metricsPort, log, text: book.text, mayRead: metricsAccess(metricsToken) },
    isReady: () =>
      database.prisma.$queryRaw`SELECT 1`.then(
        () => true,
        () => false,
      ),
  }).catch((error) => {
    throw portFailure(error, "Metrics port", metricsPort, "LAMPLIGHTER_METRICS_PORT");
  });
  shutdown.add("figures", () => door.close());
  return door.port;
}

/** Where lights reach the bootstrap server. */
export function bootstrapUriOf(config: Config, port: number): string {
  return config.bootstrapUri ?? `coap://${reachable(config.coapHost, port)}`;
}

export function bootstrapCoapsUriOf(config: Config, port: number): string {
  return config.bootstrapCoapsUri ?? `coaps://${reachable(config.coapHost, port)}`;
}
