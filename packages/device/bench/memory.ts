// How much memory one light takes: `node --expose-gc packages/device/bench/memory.ts [lights]`.
import { CREATED } from "@lamplighter/coap/code";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { VirtualLight } from "../src/virtual-light.ts";

const count = Number(process.argv[2] ?? 1_000);
const clock = systemClock();
const server = await bindUdp({ host: "127.0.0.1", port: 0 });
const endpoint = new CoapEndpoint({ port: server, clock, random: seeded(1) });
let registered = 0;
let allRegistered = () => {};
endpoint.onRequest((request) => {
  request.respond({ code: CREATED, locationPath: ["rd", String(registered)] });
  if (++registered === count) allRegistered();
});

/** Memory in use, the garbage taken out. */
function inUse() {
  if (!globalThis.gc) throw new Error("start it with --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

const before = inUse();
const ports = await Promise.all(
  Array.from({ length: count }, () => bindUdp({ host: "127.0.0.1", port: 0, bufferBytes: 65_536 })),
);
const withPorts = inUse();
const done = new Promise<void>((resolve) => {
  allRegistered = resolve;
});
const lights = ports.map(
  (port, index) =>
    new VirtualLight({
      port,
      clock,
      random: seeded(index),
      server: server.address,
      identity: {
        endpoint: `light-${index}`,
        name: `Harbour Road ${index}`,
        manufacturer: "Lumen Works",
        model: "LC-100",
        hardwareRevision: "B",
        serialNumber: String(index),
        firmwareVersion: "1.4.2",
        latitude: 52,
        longitude: 4,
        street: "Harbour Road",
        district: "Harbour",
        feeder: "F1",
        cell: "C1",
        cellId: 1,
      },
    }),
);
for (const light of lights) light.start();
await done;
const after = inUse();
const perLight = (from: number, to: number) => `${((to - from) / count / 1_000).toFixed(1)} kB`;
process.stdout.write(
  `${count} lights registered; each takes ${perLight(withPorts.heap, after.heap)} of heap, and its socket ` +
    `${perLight(before.heap, withPorts.heap)} (resident: ${perLight(before.rss, after.rss)} together)\n`,
);
process.exit(0);
