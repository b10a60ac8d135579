import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** A report that keeps PostgreSQL busy for about two seconds, again and again, until it is told to end. */
export interface RunningReport {
  end(): Promise<{ readonly runs: number; readonly secondsMedian: number }>;
}

const wantedMilliseconds = 2_000;
const probeRows = 100_000;

/** Connects to the PostgreSQL that a server keeps below its data folder, and runs the report on it. */
export async function runReport(dataFolder: string): Promise<RunningReport> {
  const lines = readFileSync(join(dataFolder, "postgres-18", "postmaster.pid"), "utf8").split("\n");
  const password = readFileSync(join(dataFolder, "database-password"), "utf8").trim();
  const client = new pg.Client({
    ...{ host: "127.0.0.1", port: Number(lines[3]), user: "lamplighter", database: "lamplighter", password },
  });
  await client.connect();
  const run = async (rows: number) => {
    const began = performance.now();
    // Reads the lights as well, so that it holds a snapshot while they change.
    await client.query(
      `SELECT (SELECT count(*) FROM "Device") AS lights, (SELECT count(*) FROM "Registration") AS registrations,
         count(DISTINCT md5(i::text)) AS words, avg(length(md5((i * 7)::text))) AS letters
       FROM generate_series(1, $1::int) AS i`,
      [rows],
    );
    return performance.now() - began;
  };
  const rows = Math.round((probeRows * wantedMilliseconds) / (await run(probeRows)));
  const durations: number[] = [];
  let isEnding = false;
  const running = (async () => {
    while (!isEnding) durations.push(await run(rows));
  })();
  return {
    async end() {
      isEnding = true;
      await running;
      await client.end();
      durations.sort((a, b) => a - b);
      return { runs: durations.length, secondsMedian: (durations[Math.floor(durations.length / 2)] ?? 0) / 1_000 };
    },
  };
}
