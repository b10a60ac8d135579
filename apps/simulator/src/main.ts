import { writeFileSync } from "node:fs";
import { type Fleet, startFleet } from "./fleet.ts";
import { BadOption, readOptions, type SimulatorOptions, usage } from "./options.ts";
import { drawTown, placeLights, placesAsCsv } from "./town.ts";

await main();

async function main(): Promise<void> {
  if (process.argv.includes("--help")) return console.log(usage);
  let options: SimulatorOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const identities = placeLights(drawTown(), options.lights, options.seed);
  if (options.townCsv) writeFileSync(options.townCsv, placesAsCsv(identities));
  const fleet = await startFleet({ ...options, identities });
  const progress = options.quiet ? undefined : setInterval(() => tell(fleet, options), 1_000);

  let isStopping = false;
  const stop = async () => {
    // A second Ctrl-C does not wait for farewells.
    if (isStopping) process.exit(1);
    isStopping = true;
    clearInterval(progress);
    const report = fleet.report();
    await fleet.stop();
    if (options.reportFile) writeFileSync(options.reportFile, `${JSON.stringify(report)}\n`);
    if (!options.quiet) console.log(`\n${report.length} lights are switched off.`);
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // Started as a child, it must not outlive a parent that was killed.
  process.on("disconnect", stop);
}

let blocksBefore = 0;
let lastLine = "";

function tell(fleet: Fleet, { lights }: SimulatorOptions): void {
  const report = fleet.report();
  const count = (phase: string) => report.filter((light) => light.phase === phase).length;
  const blocks = report.reduce((sum, { counters }) => sum + counters.blocksArrived, 0);
  const parts = [
    `${count("registered")} of ${lights} registered`,
    `${count("registering")} registering`,
    `${count("rebooting")} rebooting`,
    `${count("dark")} dark`,
    `${blocks - blocksBefore} blocks/s`,
  ];
  blocksBefore = blocks;
  const line = parts.join(" · ");
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
  else if (line !== lastLine) console.log(line);
  lastLine = line;
}
