import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Services } from "@lamplighter/api/context";
import { importLights } from "@lamplighter/api/inventory/import-lights";
import { milliseconds } from "@lamplighter/runtime/duration";
import { type Child, startChild } from "./child-process.ts";
import { projectFolder, simulatorProgram } from "./config.ts";
import { bringSampleFirmware } from "./demo-firmware.ts";

export interface DemoOptions {
  readonly lights: number;
  readonly referenceLights: number;
  /** How many sleep between their messages, in queue mode. */
  readonly sleepyLights: number;
  readonly coapPort: number;
  readonly coapsPort: number;
  /** What some of its lights prove themselves with. */
  readonly keysFile: string;
  readonly dataFolder: string;
  readonly services: Services;
  readonly isStopping: () => boolean;
  /** Called with the endpoints of the demo's lights once their places are known. */
  readonly onPlaced: (endpoints: readonly string[]) => void;
}

const lookEvery = milliseconds(100);
const looksMax = 300;

/**
 * Starts the simulated town: a child that runs the lights, whose places are brought into the inventory, and a firmware for
 * them.
 */
export function startDemo(options: DemoOptions): Child {
  const { lights, referenceLights, sleepyLights, coapPort, coapsPort, keysFile, dataFolder } = options;
  const { clock, log } = options.services;
  const table = join(dataFolder, "demo-town.csv");
  const startedAt = Date.now();
  const child = startChild({
    name: "simulator",
    args: [
      simulatorProgram,
      ...["--lights", String(lights)],
      ...["--prefix", "light"],
      ...["--reference", String(Math.min(referenceLights, lights))],
      ...["--sleepy", String(Math.min(sleepyLights, Math.max(0, lights - referenceLights)))],
      ...["--server", `coap://127.0.0.1:${coapPort}`],
      ...["--keys", keysFile, "--secure-server", `coaps://127.0.0.1:${coapsPort}`],
      ...["--town-csv", table],
      ...["--state", join(dataFolder, "demo-lights.json")],
      "--quiet",
    ],
    folder: projectFolder,
    clock,
    log,
    isStopping: options.isStopping,
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const told = (sentence: string) => (error: unknown) => {
    if (!signal.aborted) log.error(sentence, { error: String(error) });
  };
  const brought = Promise.all([
    placeLights(table, { startedAt, signal }, options).catch(told("The demo's lights could not be placed on the map.")),
    bringSampleFirmware(options.services, { dataFolder, signal }).catch(
      told("The demo's firmware could not be put among the firmware."),
    ),
  ]);
  return {
    async stop() {
      stopping.abort();
      await Promise.all([child.stop(), brought]);
      await rm(keysFile, { force: true });
    },
  };
}

/** Waits until the simulator has written where its lights stand, and imports that. */
async function placeLights(
  table: string,
  { startedAt, signal }: { readonly startedAt: number; readonly signal: AbortSignal },
  { services, onPlaced }: DemoOptions,
): Promise<void> {
  const { db, newId, clock, log } = services;
  for (let looks = 0; looks < looksMax && !signal.aborted; looks++) {
    const written = await stat(table).catch(() => undefined);
    if (written && written.size > 0 && written.mtimeMs >= startedAt - 1_000) {
      const csv = await readFile(table, "utf8");
      const { report, endpoints } = await importLights({ db, newId, clock, actor: "system", demo: true }, csv, false);
      const [error] = report.errors;
      if (error) log.warn("The demo's table has an error.", { line: error.line, message: error.message });
      onPlaced(endpoints);
      return;
    }
    await new Promise<void>((resolve) => clock.after(lookEvery, resolve));
  }
  if (!signal.aborted) log.warn("The simulator did not say where its lights stand.");
}
