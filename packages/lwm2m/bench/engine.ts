import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/**
 * What the engine costs on its own thread, without sockets and database, at 1,000, 10,000 and 100,000 devices, each size in
 * a process of its own; one line of JSON per figure. `--check` exits 1 when a goal is missed; `--quick` leaves out the
 * largest size.
 */
export interface Figures {
  readonly devices: number;
  readonly registerMicroseconds: number;
  readonly refreshMicroseconds: number;
  readonly notificationMicroseconds: number;
  /** At rest. */
  readonly heapBytesPerDevice: number;
  /** With the messages of the last 247 s remembered. */
  readonly busyHeapBytesPerDevice: number;
}

const isQuick = process.argv.includes("--quick");
const sizes = isQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
const goals = { refresh: 25, notification: 10, heap: 2_500 };

const unmet: string[] = [];
function report(bench: string, unit: string, value: number, goal: number | undefined, against: string): void {
  const rounded = Math.round(value * 100) / 100;
  const met = goal === undefined || rounded <= goal;
  if (!met) unmet.push(bench);
  process.stdout.write(`${JSON.stringify({ bench, unit, value: rounded, goal: goal ?? null, met, against })}\n`);
}

async function measured(devices: number): Promise<Figures> {
  const child: ChildProcess = fork(new URL("./engine-subject.ts", import.meta.url), [String(devices)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: ["--expose-gc"],
  });
  const [figures] = await once(child, "message");
  return figures as Figures;
}

const found: Figures[] = [];
for (const devices of sizes) {
  const figures = await measured(devices);
  found.push(figures);
  const against = `${devices} devices, 2 observations each, port in memory, no store`;
  report("Register, engine's thread", "CPU µs", figures.registerMicroseconds, undefined, against);
  report("Registers per second of one thread", "1/s", 1e6 / figures.registerMicroseconds, undefined, against);
  report("refreshing Update, engine's thread", "CPU µs", figures.refreshMicroseconds, goals.refresh, against);
  report("refreshing Updates per second of one thread", "1/s", 1e6 / figures.refreshMicroseconds, undefined, against);
  report("notification, engine's thread", "CPU µs", figures.notificationMicroseconds, goals.notification, against);
  report("notifications per second of one thread", "1/s", 1e6 / figures.notificationMicroseconds, undefined, against);
  report("heap per registered device", "bytes", figures.heapBytesPerDevice, goals.heap, against);
  report("the same just after all registered", "bytes", figures.busyHeapBytesPerDevice, undefined, against);
}
const [smallest, largest] = [found[0]!, found.at(-1)!];
// Without its socket an Update is a few microseconds, of which fetching a device from main memory is half: no goal is set
// here. What it comes to is judged over UDP.
const against = `${smallest.devices} devices`;
report(
  `refreshing Update at ${largest.devices} devices`,
  "×",
  largest.refreshMicroseconds / smallest.refreshMicroseconds,
  undefined,
  against,
);
report(
  `notification at ${largest.devices} devices`,
  "×",
  largest.notificationMicroseconds / smallest.notificationMicroseconds,
  undefined,
  against,
);

if (process.argv.includes("--check") && unmet.length > 0) process.exitCode = 1;
