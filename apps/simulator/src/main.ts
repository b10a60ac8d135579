import { writeFileSync } from "node:fs";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import { accountsOf } from "./accounts.ts";
import { type Control, openControl } from "./control.ts";
import { type Fleet, FleetError, startFleet } from "./fleet.ts";
import { readKeys, writeKeys } from "./keys.ts";
import { BadOption, readImageWish, readOptions, type SimulatorOptions, usage } from "./options.ts";
import { placeLights, placesAsCsv } from "./place-lights.ts";
import { bytesArrived, progressLine } from "./progress.ts";
import { RememberedVersions } from "./remembered-versions.ts";
import { drawTown } from "./town.ts";
import { writeImage } from "./write-image.ts";

const progressMilliseconds = 1_000;
const keepMilliseconds = 2_000;
/** A town that could not be switched on is told of elsewhere. */
const noVersionsToKeep = () => {};

process.exitCode = await main();

/** Runs until it is told to stop. Answers the exit code only where it never began. */
async function main(): Promise<number> {
  if (process.argv.includes("--help")) {
    console.log(usage);
    return 0;
  }
  try {
    const args = process.argv.slice(2);
    const image = readImageWish(args);
    if (image) {
      console.log(writeImage(image));
      return 0;
    }
    const options = readOptions(args);
    const identities = placeLights(drawTown(), options.lights, options);
    if (options.writeKeysFile !== undefined) {
      console.log(
        writeKeys(
          options.writeKeysFile,
          identities.map(({ endpoint }) => endpoint),
          options.bootstrap ? "bootstrap" : "server",
        ),
      );
      return 0;
    }
    const keys = options.keysFile === undefined ? undefined : readKeys(options.keysFile);
    const needed = options.bootstrap?.isSecure ? keys?.bootstrap : options.secure ? keys?.server : undefined;
    const keyless = needed && identities.find(({ endpoint }) => !needed.has(endpoint));
    if (keyless)
      throw new BadOption(
        `--keys: ${keyless.endpoint} has no key in ${options.keysFile} of the purpose that it needs.`,
      );
    if (options.townCsv) write("--town-csv", options.townCsv, placesAsCsv(identities));
    const { accountsFor, endpoint } = await accountsOf(options, keys?.bootstrap);
    const drawn = named(identities, endpoint);
    const versions = options.stateFile === undefined ? undefined : remembered(options.stateFile);
    const fleet = await startFleet({
      ...{ ...options, accountsFor, identities: versions?.recall(drawn) ?? drawn },
      ...(keys && { proofs: keys.server }),
      softwareOf: (endpoint) => versions?.softwareOf(endpoint),
    });
    await run(fleet, options, versions);
    return 0;
  } catch (error) {
    return complain(error);
  }
}

/** A file for one light names it: there is one light then, and it is that one. */
function named(identities: readonly LightIdentity[], endpoint: string | undefined): readonly LightIdentity[] {
  const [first] = identities;
  return endpoint === undefined || !first ? identities : [{ ...first, endpoint }];
}

function remembered(file: string): RememberedVersions {
  try {
    return new RememberedVersions(file);
  } catch (error) {
    throw new BadOption(`--state: ${file} cannot be read (${reason(error)}).`);
  }
}

async function run(fleet: Fleet, options: SimulatorOptions, versions: RememberedVersions | undefined): Promise<void> {
  const say = (line: string) => void (options.quiet || console.log(line));
  for (const line of faultLines(fleet)) say(line);
  const control = options.controlPort === undefined ? undefined : await open(fleet, options.controlPort);
  if (control) say(`Control on http://127.0.0.1:${control.port}/lights`);
  const progress = options.quiet ? undefined : showProgress(fleet, options.lights);
  const keep = () => {
    try {
      versions?.keep(fleet.report());
    } catch (error) {
      console.error(`--state: ${options.stateFile} cannot be written (${reason(error)}).`);
    }
  };
  // Before all are on, those that are not yet would be forgotten.
  let keeping: NodeJS.Timeout | undefined;
  void fleet.switchedOn.then(() => {
    if (versions) keeping = setInterval(keep, keepMilliseconds);
  }, noVersionsToKeep);

  let isStopping = false;
  const stop = async (exitCode: number) => {
    // A second Ctrl-C does not wait for farewells.
    if (isStopping) process.exit(1);
    isStopping = true;
    clearInterval(progress);
    if (keeping) keep();
    clearInterval(keeping);
    control?.close();
    const report = JSON.stringify(fleet.report());
    await fleet.stop();
    if (options.reportFile === "-") process.stdout.write(`${report}\n`);
    else if (options.reportFile) write("--report", options.reportFile, `${report}\n`);
    say(`${process.stdout.isTTY ? "\n" : ""}The lights are switched off.`);
    process.exit(exitCode);
  };
  process.on("SIGINT", () => void stop(0));
  process.on("SIGTERM", () => void stop(0));
  // Started as a child, it must not outlive a parent that was killed.
  process.on("disconnect", () => void stop(0));
  fleet.switchedOn.catch((error: unknown) => stop(complain(error)));
}

function showProgress(fleet: Fleet, lights: number): NodeJS.Timeout {
  let bytesBefore = 0;
  let lastLine = "";
  return setInterval(() => {
    const report = fleet.report();
    const line = progressLine(report, { lights, bytesBefore, seconds: progressMilliseconds / 1_000 });
    bytesBefore = bytesArrived(report);
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
    else if (line !== lastLine) console.log(line);
    lastLine = line;
  }, progressMilliseconds);
}

/** Which lights have which fault, one line for each kind. */
function faultLines({ faults }: Fleet): string[] {
  const byKind = Map.groupBy(faults, ([, kind]) => kind);
  return [...byKind].map(([kind, lights]) => `${kind}: ${lights.map(([endpoint]) => endpoint).join(", ")}`);
}

function open(fleet: Fleet, port: number): Promise<Control> {
  return openControl(fleet, port).catch((error: unknown) => {
    throw new BadOption(`--control-port: port ${port} cannot be opened (${reason(error)}).`);
  });
}

function write(flag: string, file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new BadOption(`${flag}: ${file} cannot be written (${reason(error)}).`);
  }
}

/** Says in one sentence why it cannot go on; the exit code for it. Our own bugs are thrown on. */
function complain(error: unknown): number {
  if (!(error instanceof BadOption || error instanceof FleetError)) throw error;
  console.error(error.message);
  return error instanceof BadOption ? 2 : 1;
}

function reason(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error);
}
