import { MalformedInput } from "./malformed-input.ts";

/** The first four bytes of an MCUboot image, read as a little-endian number. */
export const mcubootMagic = 0x96f3b83d;
/** The header's fields take this many bytes; `headerBytes` in it may be larger. */
export const mcubootHeaderBytesMin = 32;

/** What stands in front of a firmware image for the MCUboot boot loader (its design document, "Image format"). */
export interface McubootHeader {
  /** `major.minor.revision`, as lights report it in /3/0/3. */
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  readonly revision: number;
  readonly build: number;
  readonly loadAddress: number;
  /** Where the image's body begins. */
  readonly headerBytes: number;
  readonly protectedTlvBytes: number;
  /** Bytes of the body, without header and trailer. */
  readonly imageBytes: number;
  readonly flags: number;
}

/** Whether bytes begin like an MCUboot image. */
export function isMcuboot(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && view(bytes).getUint32(0, true) === mcubootMagic;
}

/**
 * Reads the header of an MCUboot image. `totalBytes` is the size of the whole file when `bytes` is only its beginning.
 *
 * Throws {@link MalformedInput} when the bytes are no such image, or are fewer than the header promises.
 */
export function readMcubootHeader(bytes: Uint8Array, totalBytes: number = bytes.length): McubootHeader {
  if (bytes.length < mcubootHeaderBytesMin) {
    throw new MalformedInput("MCUboot header", `${bytes.length} bytes are fewer than ${mcubootHeaderBytesMin}`, 0);
  }
  if (!isMcuboot(bytes)) throw new MalformedInput("MCUboot header", "it does not begin with the magic number", 0);
  const data = view(bytes);
  const headerBytes = data.getUint16(8, true);
  const protectedTlvBytes = data.getUint16(10, true);
  const imageBytes = data.getUint32(12, true);
  if (headerBytes < mcubootHeaderBytesMin) {
    throw new MalformedInput("MCUboot header", `a header of ${headerBytes} bytes is too short`, 8);
  }
  if (headerBytes + imageBytes + protectedTlvBytes > totalBytes) {
    throw new MalformedInput(
      "MCUboot header",
      `it promises ${headerBytes + imageBytes + protectedTlvBytes} bytes, the file has ${totalBytes}`,
      12,
    );
  }
  const major = data.getUint8(20);
  const minor = data.getUint8(21);
  const revision = data.getUint16(22, true);
  return {
    version: `${major}.${minor}.${revision}`,
    major,
    minor,
    revision,
    build: data.getUint32(24, true),
    loadAddress: data.getUint32(4, true),
    headerBytes,
    protectedTlvBytes,
    imageBytes,
    flags: data.getUint32(16, true),
  };
}

/** What {@link writeMcubootHeader} needs; everything else in the header is 0. */
export interface McubootHeaderFields {
  readonly major: number;
  readonly minor: number;
  readonly revision: number;
  readonly build?: number;
  /** Bytes of the body. */
  readonly imageBytes: number;
  /** Default 32. */
  readonly headerBytes?: number;
}

/** Writes the header of an MCUboot image; the body follows it directly. Throws {@link RangeError} for a number that does not fit. */
export function writeMcubootHeader(fields: McubootHeaderFields): Uint8Array {
  const { major, minor, revision, build = 0, imageBytes, headerBytes = mcubootHeaderBytesMin } = fields;
  fits("headerBytes", headerBytes, mcubootHeaderBytesMin, 0xffff);
  fits("major", major, 0, 0xff);
  fits("minor", minor, 0, 0xff);
  fits("revision", revision, 0, 0xffff);
  fits("build", build, 0, 0xffff_ffff);
  fits("imageBytes", imageBytes, 0, 0xffff_ffff);
  const header = new Uint8Array(headerBytes);
  const data = view(header);
  data.setUint32(0, mcubootMagic, true);
  data.setUint16(8, headerBytes, true);
  data.setUint32(12, imageBytes, true);
  data.setUint8(20, major);
  data.setUint8(21, minor);
  data.setUint16(22, revision, true);
  data.setUint32(24, build, true);
  return header;
}

function fits(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${field} ${value} is not a whole number from ${min} to ${max}`);
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
