import { type BootstrapListenerParts, bootstrapListener, bootstrapStore } from "@lamplighter/api/bootstrap/listener";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { openDatabase } from "@lamplighter/db/client";
import { BootstrapServer } from "@lamplighter/lwm2m/bootstrap/server";
import type { TraceRecorder } from "@lamplighter/lwm2m/trace/trace-recorder";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import { bindUdp, parseAddress, type UdpPort } from "@lamplighter/runtime/udp-port";
import { reachable } from "./addresses.ts";
import type { Config } from "./config.ts";
import { secureRandom } from "./secure-random.ts";
import type { Shutdown } from "./shutdown.ts";
import { portFailure, StartFailure } from "./start-failure.ts";

/** Binds the bootstrap server's UDP port, so that a taken one is said before anything else is started. */
export function bindBootstrap(config: Config): Promise<UdpPort> {
  return bindUdp({ host: config.coapHost, port: config.bootstrapPort }).catch((error) => {
    throw portFailure(error, "bootstrap port", config.bootstrapPort, "LAMPLIGHTER_BOOTSTRAP_PORT");
  });
}

export interface RunningBootstrap {
  readonly port: number;
  readonly server: BootstrapServer;
  readonly endpoint: CoapEndpoint;
}

/** The part that gives lights their accounts. It needs the database and nothing else, so it may be a process of its own. */
export function startBootstrap({
  udp,
  shutdown,
  trace,
  ...parts
}: BootstrapListenerParts & {
  readonly udp: UdpPort;
  readonly shutdown: Shutdown;
  /** Where what is said with one light is recorded; absent in a process that serves no console. */
  readonly trace?: TraceRecorder;
}): RunningBootstrap {
  const { db, clock, log } = parts;
  const endpoint = new CoapEndpoint({ port: udp, clock, random: secureRandom(), log });
  const listener = bootstrapListener(parts);
  const server = new BootstrapServer({
    endpoint,
    clock,
    log,
    store: bootstrapStore(db),
    onEvent: (event) => {
      trace?.onBootstrap(event);
      listener(event);
    },
  });
  trace?.hearBootstrap({ tap: (tap) => endpoint.onTrace(tap), addressOf: (name) => server.addressOf(name) });
  shutdown.add("bootstrap server", async () => {
    await server.stop();
    endpoint.close();
    await udp.close();
  });
  return { port: parseAddress(udp.address).port, server, endpoint };
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
  const udp = await bindBootstrap(config);
  const database = await openDatabase({ url: config.databaseUrl, log, migrate: false });
  shutdown.add("database connections", () => database.close());
  const { port } = startBootstrap({ udp, db: database.prisma, clock, log, shutdown });
  return config.printReadyJson
    ? JSON.stringify({ bootstrapPort: port })
    : `The bootstrap server is ready: ${bootstrapUriOf(config, port)}`;
}

/** Where lights reach the bootstrap server. */
export function bootstrapUriOf(config: Config, port: number): string {
  return config.bootstrapUri ?? `coap://${reachable(config.coapHost, port)}`;
}
