import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Order, SubjectReport } from "./engine-subject.ts";
import { fleetOverUdp } from "./fleet-over-udp.ts";

/**
 * What the engine costs: first on its own thread alone (see the engine's own benchmark in packages/lwm2m), then as a process
 * over UDP with its registrations in PostgreSQL. One line of JSON per figure; `--check` exits 1 when a goal is missed,
 * `--quick` is a small fleet, `--only-udp` leaves the first part out.
 */
const isQuick = process.argv.includes("--quick");
const lights = isQuick ? 5_000 : 100_000;
const updates = isQuick ? 20_000 : 200_000;
const openSeconds = isQuick ? 3 : 10;
const window = 128;
const goals = { thread: 25, more: 25, p99: 20, lost: 0, restore: 5, growth: 1.3 };

const unmet: string[] = [];
function report(bench: string, unit: string, value: number, goal: number | undefined, against: string): void {
  const rounded = Math.round(value * 100) / 100;
  const met = goal === undefined || rounded <= goal;
  if (!met) unmet.push(bench);
  process.stdout.write(`${JSON.stringify({ bench, unit, value: rounded, goal: goal ?? null, met, against })}\n`);
}

if (!process.argv.includes("--only-udp")) {
  const engine = join(import.meta.dirname, "..", "..", "..", "packages", "lwm2m", "bench", "engine.ts");
  const flags = process.argv.slice(2).filter((flag) => flag === "--quick" || flag === "--check");
  const [code] = await once(spawn(process.execPath, [engine, ...flags], { stdio: "inherit" }), "close");
  if (code !== 0) unmet.push("engine's thread");
}

const dataFolder = mkdtempSync(join(tmpdir(), "lamplighter-bench-"));
// Run as root, the database works as a user of its own and must reach its folder.
chmodSync(dataFolder, 0o711);
try {
  await measure();
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}
if (process.argv.includes("--check") && unmet.length > 0) process.exitCode = 1;

async function measure(): Promise<void> {
  const against = `${lights} lights over UDP on loopback, registrations in PostgreSQL`;
  const first = await subject();
  const fleet = await fleetOverUdp(first.ready.port);
  const registered = await fleet.closed("register", lights, { lights, window });
  report(
    "Registers per second",
    "1/s",
    registered.perSecond,
    undefined,
    `${against}, each committed before its answer`,
  );
  report("Register, 99th percentile", "ms", registered.p99Ms, undefined, `${against}, ${window} under way at once`);
  report("Registers lost or refused", "of all", registered.unanswered + registered.wrong, goals.lost, against);

  // The same process, first with a thousand of its lights awake and then with all of them.
  await fleet.closed("update", updates >> 1, { lights, window });
  await first.order("start");
  await fleet.closed("update", updates, { lights: 1_000, window });
  const few = (await first.order("stop")).threadMicroseconds / updates;
  await first.order("start");
  const saturated = await fleet.closed("update", updates, { lights, window });
  const used = await first.order("stop");
  const thread = used.threadMicroseconds / updates;
  const whole = used.processMicroseconds / updates;
  report("refreshing Updates per second at saturation", "1/s", saturated.perSecond, undefined, against);
  report(
    "refreshing Update, engine's thread",
    "CPU µs",
    thread,
    goals.thread,
    `${against}, sockets and batches included`,
  );
  report(`refreshing Update of ${lights} lights`, "×", thread / few, goals.growth, "that of 1000 lights");
  report("refreshing Update, rest of the process", "CPU µs", whole - thread, goals.more, against);

  const half = Math.floor(saturated.perSecond / 2);
  const calm = await fleet.open(half, openSeconds, lights);
  const load = `${half} a second, load average ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
  const name = "refreshing Update at half of saturation";
  report(`${name}, 99th percentile`, "ms", calm.p99MsOfSeconds, goals.p99, `${load}, median of the seconds`);
  report(`${name}, 99th percentile of all`, "ms", calm.p99Ms, undefined, load);
  report(
    "refreshing Updates lost at half of saturation",
    "of all",
    calm.unanswered + calm.wrong,
    goals.lost,
    `${calm.sent} sent`,
  );

  await first.order("observe");
  fleet.end();
  await first.order("end");
  const second = await subject();
  const restored = `${second.ready.registrations} registrations with 2 observations each`;
  report("restart until devices are served", "s", second.ready.restoredMs / 1_000, goals.restore, restored);
  if (second.ready.registrations !== lights) unmet.push("restart");
  await second.order("end");
}

async function subject() {
  const child: ChildProcess = fork(new URL("./engine-subject.ts", import.meta.url), [dataFolder], { stdio: "inherit" });
  const next = async (): Promise<SubjectReport> => {
    const [message] = await once(child, "message");
    return message as SubjectReport;
  };
  const ready = await next();
  return {
    ready,
    async order(order: Order): Promise<SubjectReport> {
      child.send(order);
      const answer = await next();
      if (order === "end" && child.exitCode === null) await once(child, "exit");
      return answer;
    },
  };
}
