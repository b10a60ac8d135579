import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { mcubootHeaderBytesMin, readMcubootHeader } from "@lamplighter/lwm2m/mcuboot";

/**
 * Reads the version that an image carries in its own header, so that nobody has to type it.
 *
 * Only the first bytes of the file are read. Undefined when it is no MCUboot image, or one cut short: then a person says the version.
 */
export async function versionOfImage(file: Blob): Promise<string | undefined> {
  const head = new Uint8Array(await file.slice(0, mcubootHeaderBytesMin).arrayBuffer());
  try {
    return readMcubootHeader(head, file.size).version;
  } catch (error) {
    if (error instanceof MalformedInput) return undefined;
    throw error;
  }
}
