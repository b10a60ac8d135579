// Writes the demo town's map: `node apps/simulator/src/draw-town.ts`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawTown, townAsGeoJson } from "./town.ts";

const file = join(import.meta.dirname, "..", "..", "..", "public", "town.geojson");
writeFileSync(file, `${JSON.stringify(townAsGeoJson(drawTown()))}\n`);
