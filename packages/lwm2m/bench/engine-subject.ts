import type { Figures } from "./engine.ts";
import { fleetInMemory } from "./fleet-in-memory.ts";

/** The process whose thread is measured: the number of devices is its argument, its figures are its message. */
const devices = Number(process.argv[2]);
const messages = 200_000;
const runs = 5;

const collect = (globalThis as unknown as { gc: () => void }).gc;

/** Bytes on the heap and in buffers, once everything that can be collected is. */
async function heapUsed(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  collect();
  const { heapUsed: heap, arrayBuffers } = process.memoryUsage();
  return heap + arrayBuffers;
}

function cpuMicroseconds(run: () => void, count: number): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / count;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

// Once for nothing, so that compiled code is measured.
const warm = await fleetInMemory(1_000);
await warm.register();
await warm.observe();
warm.updates(60_000)();
warm.notifications(60_000)();
await warm.end();

const fleet = await fleetInMemory(devices);
const before = await heapUsed();
const registerBefore = process.threadCpuUsage();
await fleet.register();
const { user, system } = process.threadCpuUsage(registerBefore);
await fleet.observe();
const { registered, observed } = fleet.counts();
if (registered !== devices || observed !== 2 * devices)
  throw new Error(`${registered} registered, ${observed} observed`);
const busy = (await heapUsed()) - before;
fleet.rest();
const held = (await heapUsed()) - before;

const refresh: number[] = [];
const notification: number[] = [];
for (let run = 0; run < runs; run++) {
  const updates = fleet.updates(messages);
  const answersBefore = fleet.counts().answers;
  refresh.push(cpuMicroseconds(updates, messages));
  if (fleet.counts().answers - answersBefore !== messages) throw new Error("an Update was not answered");
  const notifications = fleet.notifications(messages);
  const notedBefore = fleet.counters.notifications;
  notification.push(cpuMicroseconds(notifications, messages));
  if (fleet.counters.notifications - notedBefore !== messages) throw new Error("a notification was not taken");
}
const figures: Figures = {
  devices,
  registerMicroseconds: (user + system) / devices,
  refreshMicroseconds: median(refresh),
  notificationMicroseconds: median(notification),
  heapBytesPerDevice: held / devices,
  busyHeapBytesPerDevice: busy / devices,
};
process.send?.(figures);
process.disconnect?.();
