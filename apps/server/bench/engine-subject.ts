import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { openDatabase } from "@lamplighter/db/client";
import { startEmbeddedDatabase } from "@lamplighter/db/embedded-database";
import { PrismaRegistrationStore } from "@lamplighter/db/prisma-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import { silentLog } from "@lamplighter/runtime/log";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { secureRandom } from "../src/secure-random.ts";

/**
 * The process that is measured: the engine on a UDP socket with its registrations in PostgreSQL. Its argument is the data
 * folder; what it is told to do, and answers, are messages.
 */
export type Order = "start" | "stop" | "observe" | "end";

export interface SubjectReport {
  readonly port: number;
  readonly registrations: number;
  /** From a database that answers to a server that serves, in ms. */
  readonly restoredMs: number;
  readonly threadMicroseconds: number;
  readonly processMicroseconds: number;
}

const log = silentLog;
const clock = systemClock();
const embedded = await startEmbeddedDatabase({ dataFolder: process.argv[2]!, clock, log });
const database = await openDatabase({ url: embedded.url, log });
const udp = await bindUdp({ host: "127.0.0.1", port: 0 });
const random = secureRandom();
const endpoint = new CoapEndpoint({ port: udp, clock, random, log });
const store = new PrismaRegistrationStore({ pool: database.pool, clock, log, node: "bench" });
const server = new Lwm2mServer({
  endpoint,
  clock,
  random,
  log,
  store,
  enrol: () => "accept",
  models: knownObjects(),
  onEvent() {},
});
const begun = performance.now();
await server.start();
const restoredMs = performance.now() - begun;

let cpu = process.cpuUsage();
let thread = process.threadCpuUsage();

function report(): SubjectReport {
  const whole = process.cpuUsage(cpu);
  const own = process.threadCpuUsage(thread);
  return {
    port: Number(udp.address.split(":").at(-1)),
    registrations: server.registrationCount,
    restoredMs,
    threadMicroseconds: own.user + own.system,
    processMicroseconds: whole.user + whole.system,
  };
}

async function obey(order: Order): Promise<void> {
  if (order === "start") {
    cpu = process.cpuUsage();
    thread = process.threadCpuUsage();
  } else if (order === "observe") {
    // As if every device had been asked to observe two paths: what a restart has to restore.
    let count = 0;
    for (const { id, endpoint: name } of server.registrations()) {
      for (const path of ["/5/0/3", "/3416/0/3"]) {
        const token = (0x1000_0000_0000 + count++).toString(16).padStart(16, "0");
        store.saveObservation({ token, registrationId: id, endpoint: name, path, accept: 0 });
      }
    }
    await store.flush();
  } else if (order === "end") {
    await server.stop();
    endpoint.close();
    await udp.close();
    await database.close();
    await embedded.stop();
    process.send?.(report());
    process.disconnect?.();
    return;
  }
  process.send?.(report());
}

process.on("message", (order: Order) => void obey(order));
process.send?.(report());
