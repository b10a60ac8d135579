import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkBackupFile } from "@lamplighter/db/backup-file";
import { borrowDatabase } from "@lamplighter/db/borrowed-database";
import { restoreBackup } from "@lamplighter/db/restore";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { runErrand } from "./run-errand.ts";

/** `npm run restore -- --from FILE [--force]`: fills an empty installation, or with --force replaces a full one. */
await runErrand(async () => {
  const { values } = parseArgs({ options: { from: { type: "string" }, force: { type: "boolean", default: false } } });
  if (values.from === undefined) throw new TypeError("Say from where: npm run restore -- --from FILE [--force]");
  const file = resolve(values.from);
  await checkBackupFile(file);
  const config = readConfig([]);
  const log = createLog({ ...config, logLevel: "warn" });
  const blobsFolder = join(config.dataFolder, "blobs");
  const report = await borrowDatabase({ ...config, clock: systemClock(), log }, (url) =>
    restoreBackup({ url, blobsFolder, file, force: values.force }),
  );
  console.log(`Restored the backup of ${report.createdAt}: ${report.rows} rows, ${report.blobs} firmware images.`);
});
