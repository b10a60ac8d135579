import type { Database } from "@lamplighter/db/client";

/** Fills the inventory straight in its table: a town of lights on a grid, most online, with models, districts and streets. */
export async function insertLights({ pool }: Database, lights: number): Promise<void> {
  await pool.query(
    `INSERT INTO "Device" ("id", "endpoint", "name", "manufacturer", "model", "hardwareRevision", "serialNumber",
       "firmwareVersion", "latitude", "longitude", "placeSource", "street", "district", "feeder", "cell", "presence",
       "lampLevel", "lampFailure", "lastSeenAt", "registeredAt")
     SELECT 'bench-' || n, 'light-' || lpad(n::text, 6, '0'), 'Street ' || (n / 40) || ' ' || (n % 40), 'Lumen Works',
       'LC-' || (100 * (1 + n % 3)), chr(65 + n % 2), 'B' || n, '1.' || (n % 4) || '.0',
       52.50 + (n / 100) * 0.0008, 4.00 + (n % 100) * 0.0012, 'import', 'Street ' || (n / 40), 'District ' || (n % 6),
       'F' || (n % 24), 'C' || (n % 60), CASE WHEN n % 25 = 0 THEN 'offline' ELSE 'online' END,
       n % 101, n % 400 = 0, now(), now()
     FROM generate_series(1, $1::int) AS n`,
    [lights],
  );
  await pool.query('ANALYZE "Device"');
}
