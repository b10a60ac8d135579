import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildImage } from "@lamplighter/device/firmware-image";
import { BadOption, type ImageWish } from "./options.ts";

/** Large enough to see a campaign at work, small enough for seconds. */
const imageBytes = 256 * 1024;

/**
 * Writes a firmware image that the virtual lights install, and says in a sentence what it is. Throws {@link BadOption} for a
 * version that no image can have, and for a file that cannot be written.
 */
export function writeImage({ version, file, seed }: ImageWish): string {
  let image: Uint8Array;
  try {
    image = buildImage({ version, bytes: imageBytes, seed });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadOption(`--write-image: ${version} is no version of an image; 255.255.65535 is the highest.`);
  }
  try {
    writeFileSync(file, image);
  } catch (error) {
    throw new BadOption(`--write-image: ${file} cannot be written (${(error as { code?: unknown }).code ?? error}).`);
  }
  return `${resolve(file)} holds firmware ${version} for the simulated lights, models LC-100 and LC-200. Upload it under Firmware.`;
}
