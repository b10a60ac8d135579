import { createHash } from "node:crypto";
import { mcubootHeaderBytesMin, readMcubootHeader, writeMcubootHeader } from "@lamplighter/lwm2m/mcuboot";
import { seeded } from "@lamplighter/runtime/random";

/** Bytes of the sha256 over header and body that ends an image. */
export const digestBytes = 32;

/**
 * Builds an image that the virtual lights accept: an MCUboot header with the version, a body of noise, and the sha256 of
 * both. `version` is `major.minor.revision`; `bytes` is the length of the whole. Throws RangeError for anything else.
 */
export function buildImage({ version, bytes, seed }: { version: string; bytes: number; seed: number }): Uint8Array {
  const [major, minor, revision] = version.split(".").map(Number);
  const imageBytes = bytes - mcubootHeaderBytesMin - digestBytes;
  if (imageBytes < 0)
    throw new RangeError(`an image has at least ${mcubootHeaderBytesMin + digestBytes} bytes, not ${bytes}`);
  const header = writeMcubootHeader({
    major: major ?? Number.NaN,
    minor: minor ?? Number.NaN,
    revision: revision ?? Number.NaN,
    imageBytes,
  });
  const image = new Uint8Array(bytes);
  image.set(header);
  const random = seeded(seed);
  for (let index = header.length; index < bytes - digestBytes; index++) image[index] = random.next() * 256;
  image.set(digestOf(image), bytes - digestBytes);
  return image;
}

/** What a light finds when it checks an image: its version, or why it cannot be installed. */
export type ImageCheck =
  | { readonly kind: "good"; readonly version: string }
  | { readonly kind: "wrong-type" }
  | { readonly kind: "integrity" };

/** Checks an image as a light does before it reports Downloaded. */
export function checkImage(image: Uint8Array): ImageCheck {
  let version: string;
  try {
    const { major, minor, revision } = readMcubootHeader(image);
    version = `${major}.${minor}.${revision}`;
  } catch {
    // Whatever is wrong with the header, the light says the same: this is no image for it.
    return { kind: "wrong-type" };
  }
  const digest = image.subarray(image.length - digestBytes);
  return digestOf(image).equals(digest) ? { kind: "good", version } : { kind: "integrity" };
}

function digestOf(image: Uint8Array): Buffer {
  return createHash("sha256")
    .update(image.subarray(0, image.length - digestBytes))
    .digest();
}
