import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Services } from "@lamplighter/api/context";
import { receiveFirmware, uploadFields } from "@lamplighter/api/firmware/receive";
import { childEnvironment, simulatorProgram } from "./config.ts";

const sample = {
  name: "Lumen Works sample",
  version: "2.0.0",
  vendor: "Lumen Works",
  models: "LC-100,LC-200",
  fileName: "lumen-works-2.0.0.bin",
  notes: "Made for the lights of the demo, so that a first campaign has something to send.",
};
const system = { id: "system", name: "system", email: "", role: "administrator" };

/**
 * Puts an image that the demo's lights install among the firmware, so that a first campaign has something to send. Only
 * where nobody, the demo included, has ever brought any: what a person removes stays removed.
 */
export async function bringSampleFirmware(
  services: Services,
  { dataFolder, signal }: { readonly dataFolder: string; readonly signal: AbortSignal },
): Promise<void> {
  if (await services.db.event.findFirst({ where: { kind: "firmware.uploaded" }, select: { seq: true } })) return;
  const file = join(dataFolder, "demo-firmware.bin");
  // The image is made by who made the lights; the server knows nothing of what they take.
  await promisify(execFile)(process.execPath, [simulatorProgram, "--write-image", sample.version, file], {
    env: childEnvironment({}),
    signal,
  });
  try {
    const body = createReadStream(file);
    await receiveFirmware(services, { actor: system, fields: uploadFields.parse(sample), body });
  } finally {
    await rm(file, { force: true });
  }
}
