// `npm run -s probe:register`: lights register while PostgreSQL is busy with a report, a large image is uploaded, and seven
// tabs stay connected. One JSON line for each; exit code 1 when a goal is not met. `--minutes 1` shortens the tabs.
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildImage } from "@lamplighter/device/firmware-image";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { type PublicApi, signIn } from "./api-client.ts";
import { openTab } from "./live-tabs.ts";
import { registerLights } from "./registration-load.ts";
import { runReport } from "./report-query.ts";
import { freePort, type ServerProcess, startServer } from "./server-process.ts";

const registerGoalMilliseconds = 100;
const registrationsPerSecond = 200;
const registrationSeconds = 20;
const uploadBytes = 50 * 1024 * 1024;
const uploadGoalSeconds = 30;
const tabs = 7;
const eventEvery = seconds(2);

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutesLive = Number(values.minutes);
if (!(minutesLive > 0 && minutesLive <= 600)) {
  console.error(`--minutes takes a number from 1 to 600, not ${values.minutes}.`);
  process.exit(2);
}

const clock = systemClock();
const dataFolder = mkdtempSync(join(tmpdir(), "lamplighter-probe-"));
// Run as root, the database works as a user of its own and must reach its folder.
chmodSync(dataFolder, 0o711);
let isMet = true;
try {
  const place = {
    ...{ dataFolder, httpPort: await freePort() },
    ...{ coapPort: await freePort(), coapsPort: await freePort() },
  };
  const server = await startServer(place, (line) => console.error(line));
  try {
    const api = await signIn(server);
    await registerUnderReport(server, api);
    await upload(api);
    await keepTabsOpen(server, api);
  } finally {
    await server.stop();
  }
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}
process.exit(isMet ? 0 : 1);

function tell(line: {
  bench: string;
  unit: string;
  value: number;
  goal: number;
  met: boolean;
  [more: string]: unknown;
}): void {
  if (!line.met) isMet = false;
  console.log(JSON.stringify(line));
}

async function registerUnderReport(server: ServerProcess, api: PublicApi): Promise<void> {
  const lights = registrationsPerSecond * registrationSeconds;
  const report = await runReport(dataFolder);
  const load = await registerLights({
    lights,
    perSecond: registrationsPerSecond,
    server: `127.0.0.1:${server.coapPort}`,
  });
  const { runs, secondsMedian } = await report.end();
  const sorted = [...load.milliseconds].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity) * 10) / 10;
  // What was answered must be there: in the inventory, by the public API.
  const stored = await api.trpc.device.count.query({ query: { text: "urn:dev:load-" } });
  const complete = load.unanswered + load.refused === 0 && stored.lights === lights;
  tell({
    bench: "register-under-report",
    ...{ unit: "ms", value: at(0.99), goal: registerGoalMilliseconds },
    met: complete && at(0.99) < registerGoalMilliseconds,
    ...{ p50: at(0.5), max: at(1), lights, inInventory: stored.lights, perSecond: registrationsPerSecond },
    ...{ unanswered: load.unanswered, refused: load.refused, retransmissions: load.retransmissions },
    ...{ reportRuns: runs, reportSeconds: Math.round(secondsMedian * 10) / 10 },
    // On a machine that is busy with something else the figure says little.
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  });
}

async function upload(api: PublicApi): Promise<void> {
  const image = buildImage({ version: "9.0.0", bytes: uploadBytes, seed: 1 });
  const began = clock.monotonic();
  const { id } = await api.upload(image, { name: "Large", fileName: "large.bin" });
  const took = Math.round(clock.monotonic() - began) / 1_000;
  const stored = await api.trpc.firmware.get.query({ id });
  const intact = stored.bytes === image.length && stored.sha256 === createHash("sha256").update(image).digest("hex");
  tell({
    bench: "upload-50-mib",
    ...{ unit: "s", value: took, goal: uploadGoalSeconds, met: intact && took < uploadGoalSeconds },
    ...{ bytes: stored.bytes, intact, version: stored.version },
  });
}

/** Seven tabs look on while one light is renamed again and again; each must hear of every change, on its first connection. */
async function keepTabsOpen(server: ServerProcess, api: PublicApi): Promise<void> {
  const [light] = (await api.trpc.device.list.query({ limit: 1 })).items;
  if (!light) throw new Error("There is no light to watch.");
  const open = await Promise.all(Array.from({ length: tabs }, () => openTab(server.url, api.cookie)));
  const until = clock.monotonic() + minutes(minutesLive);
  const before = open.map(({ told }) => told.get(light.id) ?? 0);
  let changes = 0;
  while (clock.monotonic() < until) {
    await api.trpc.device.updatePlace.mutate({ id: light.id, name: `Name ${++changes}` });
    await new Promise<void>((resolve) => clock.after(eventEvery, resolve));
  }
  const heard = open.map(({ told }, tab) => (told.get(light.id) ?? 0) - (before[tab] ?? 0));
  const sum = (field: "reconnects" | "resets" | "errors") => open.reduce((all, { counts }) => all + counts[field], 0);
  for (const tab of open) tab.close();
  const missed = heard.reduce((all, one) => all + Math.max(0, changes - one), 0);
  tell({
    bench: "seven-tabs-live",
    ...{ unit: "changes missed", value: missed, goal: 0 },
    met: missed === 0 && sum("reconnects") + sum("resets") + sum("errors") === 0,
    ...{ tabs, minutes: minutesLive, changes, heard },
    ...{ reconnects: sum("reconnects"), resets: sum("resets"), errors: sum("errors") },
  });
}
