import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeBackup } from "@lamplighter/db/backup";
import { borrowDatabase } from "@lamplighter/db/borrowed-database";
import { openDatabase } from "@lamplighter/db/client";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { runErrand } from "./run-errand.ts";

/** `npm run backup -- --to FILE`: everything the installation keeps in one file, also while the server runs. */
await runErrand(async () => {
  const { values } = parseArgs({ options: { to: { type: "string" } } });
  if (values.to === undefined) throw new TypeError("Say where to: npm run backup -- --to FILE");
  const file = resolve(values.to);
  const config = readConfig([]);
  const clock = systemClock();
  const log = createLog({ ...config, logLevel: "warn" });
  const report = await borrowDatabase({ ...config, clock, log }, async (url) => {
    await using database = await openDatabase({ url, log, migrate: false, connectionsMax: 2 });
    return await writeBackup({ pool: database.pool, blobsFolder: join(config.dataFolder, "blobs"), file, clock });
  });
  console.log(`Wrote ${file}: ${report.rows} rows, ${report.blobs} firmware images, ${report.bytes} bytes.`);
  for (const sha256 of report.missing)
    console.warn(`The firmware image ${sha256} is missing on disk and is not in the backup.`);
});
