import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ImportInto, importLights } from "@lamplighter/api/inventory/import-lights";
import type { Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { type Child, startChild } from "./child-process.ts";
import { projectFolder } from "./config.ts";

export interface DemoOptions {
  readonly lights: number;
  readonly referenceLights: number;
  /** How many sleep between their messages, in queue mode. */
  readonly sleepyLights: number;
  readonly coapPort: number;
  readonly dataFolder: string;
  readonly into: Omit<ImportInto, "actor" | "demo">;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with the endpoints of the demo's lights once their places are known. */
  readonly onPlaced: (endpoints: readonly string[]) => void;
}

const lookEvery = milliseconds(100);
const looksMax = 300;

/** Starts the simulated town: a child that runs the lights, whose places are brought into the inventory. */
export function startDemo(options: DemoOptions): Child {
  const { lights, referenceLights, sleepyLights, coapPort, dataFolder, clock, log } = options;
  const table = join(dataFolder, "demo-town.csv");
  const startedAt = Date.now();
  const child = startChild({
    name: "simulator",
    args: [
      join(projectFolder, "apps", "simulator", "src", "main.ts"),
      ...["--lights", String(lights)],
      ...["--prefix", "light"],
      ...["--reference", String(Math.min(referenceLights, lights))],
      ...["--sleepy", String(Math.min(sleepyLights, Math.max(0, lights - referenceLights)))],
      ...["--server", `coap://127.0.0.1:${coapPort}`],
      ...["--town-csv", table],
      ...["--state", join(dataFolder, "demo-lights.json")],
      "--quiet",
    ],
    folder: projectFolder,
    clock,
    log,
  });
  void placeLights(table, startedAt, options).catch((error: unknown) => {
    log.error("The demo's lights could not be placed on the map.", { error: String(error) });
  });
  return child;
}

/** Waits until the simulator has written where its lights stand, and imports that. */
async function placeLights(
  table: string,
  startedAt: number,
  { into, clock, log, onPlaced }: DemoOptions,
): Promise<void> {
  for (let looks = 0; looks < looksMax; looks++) {
    const written = await stat(table).catch(() => undefined);
    if (written && written.size > 0 && written.mtimeMs >= startedAt - 1_000) {
      const csv = await readFile(table, "utf8");
      const { report, endpoints } = await importLights({ ...into, actor: "system", demo: true }, csv, false);
      const [error] = report.errors;
      if (error) log.warn("The demo's table has an error.", { line: error.line, message: error.message });
      onPlaced(endpoints);
      return;
    }
    await new Promise<void>((resolve) => clock.after(lookEvery, resolve));
  }
  log.warn("The simulator did not say where its lights stand.");
}
