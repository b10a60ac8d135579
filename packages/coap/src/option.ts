import type { CoapOption } from "./message.ts";
import { noBytes } from "./message.ts";

/** Option numbers (RFC 7252 §12.2, RFC 7641 §7.1, RFC 7959 §6). */
export const option = {
  ifMatch: 1,
  uriHost: 3,
  etag: 4,
  ifNoneMatch: 5,
  observe: 6,
  uriPort: 7,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  locationQuery: 20,
  block2: 23,
  block1: 27,
  size2: 28,
  proxyUri: 35,
  proxyScheme: 39,
  size1: 60,
} as const;

/** Whether a receiver that does not know the option must refuse the message: odd numbers (RFC 7252 §5.4.1). */
export const isCritical = (number: number): boolean => (number & 1) === 1;

/** Writes an unsigned integer in as few bytes as it needs, none for 0 (RFC 7252 §3.2). `value` is below 2^32. */
export function uint(value: number): Uint8Array {
  if (value === 0) return noBytes;
  if (value < 0x100) return Uint8Array.of(value);
  if (value < 0x10000) return Uint8Array.of(value >> 8, value & 0xff);
  if (value < 0x1000000) return Uint8Array.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
  return Uint8Array.of(value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff);
}

/** Reads an unsigned integer of 0 to 4 bytes; leading zeros are allowed (RFC 7252 §3.2). */
export function readUint(value: Uint8Array): number {
  let result = 0;
  for (let index = 0; index < value.length; index++) result = result * 256 + value[index]!;
  return result;
}

export const uintOption = (number: number, value: number): CoapOption => ({ number, value: uint(value) });

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A string option, in UTF-8. */
export const textOption = (number: number, value: string): CoapOption => ({ number, value: encoder.encode(value) });

/** Reads a string option; `undefined` when it is not UTF-8. */
export function readText(value: Uint8Array): string | undefined {
  const { length } = value;
  for (let index = 0; index < length; index++) if (value[index]! >= 0x80) return decodeText(value);
  // Nearly all segments are ASCII, and the general decoder costs several times as much.
  if (length === 1) return ascii[value[0]!]!;
  return latin1Slice.call(value, 0, length);
}

const ascii: readonly string[] = Array.from({ length: 128 }, (_, byte) => String.fromCharCode(byte));
const latin1Slice = (Buffer.prototype as unknown as { latin1Slice(this: Uint8Array, from: number, to: number): string })
  .latin1Slice;

function decodeText(value: Uint8Array): string | undefined {
  try {
    return decoder.decode(value);
  } catch {
    // Not UTF-8: the caller refuses the message, which is the whole handling there is.
    return undefined;
  }
}

/** The first option of a number, or `undefined`. */
export function findOption(options: readonly CoapOption[], number: number): Uint8Array | undefined {
  for (let index = 0; index < options.length; index++) {
    const candidate = options[index]!;
    if (candidate.number === number) return candidate.value;
    if (candidate.number > number) return undefined;
  }
  return undefined;
}

/** The value of the first option of a number, as an unsigned integer. */
export function findUint(options: readonly CoapOption[], number: number): number | undefined {
  const value = findOption(options, number);
  return value === undefined || value.length > 4 ? undefined : readUint(value);
}

interface OptionRule {
  readonly bytesMin: number;
  readonly bytesMax: number;
  readonly repeatable: boolean;
}

const once = (bytesMin: number, bytesMax: number): OptionRule => ({ bytesMin, bytesMax, repeatable: false });
const many = (bytesMin: number, bytesMax: number): OptionRule => ({ bytesMin, bytesMax, repeatable: true });

/** Length and repeatability by number (RFC 7252 §5.10 table 4, RFC 7959 §2.1). Holes are options we do not know. */
const rules: readonly (OptionRule | undefined)[] = (() => {
  const table: (OptionRule | undefined)[] = new Array(option.size1 + 1).fill(undefined);
  table[option.uriHost] = once(1, 255);
  table[option.etag] = many(1, 8);
  table[option.observe] = once(0, 3);
  table[option.uriPort] = once(0, 2);
  table[option.locationPath] = many(0, 255);
  table[option.uriPath] = many(0, 255);
  table[option.contentFormat] = once(0, 2);
  table[option.maxAge] = once(0, 4);
  table[option.uriQuery] = many(0, 255);
  table[option.accept] = once(0, 2);
  table[option.locationQuery] = many(0, 255);
  table[option.block2] = once(0, 3);
  table[option.block1] = once(0, 3);
  table[option.size2] = once(0, 4);
  table[option.size1] = once(0, 4);
  return table;
})();

/**
 * The number of the first critical option that we must refuse, or `undefined` when all are fine.
 *
 * An option of a known number counts as unknown when its length is out of range (RFC 7252 §5.4.3) or when it is
 * repeated and must not be (§5.4.5). If-Match and If-None-Match are unknown to us on purpose: no resource here has
 * conditional requests, and accepting the option without obeying it would be a lie.
 */
export function unknownCriticalOption(options: readonly CoapOption[]): number | undefined {
  let previous = -1;
  for (let index = 0; index < options.length; index++) {
    const { number, value } = options[index]!;
    if (isCritical(number)) {
      const rule = rules[number];
      if (!rule || value.length < rule.bytesMin || value.length > rule.bytesMax) return number;
      if (number === previous && !rule.repeatable) return number;
    }
    previous = number;
  }
  return undefined;
}
