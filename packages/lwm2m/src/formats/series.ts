import type { Path } from "../path.ts";
import { readDocument, writeDocument } from "./documents.ts";
import type { ReadingContext, TimestampedValue } from "./reading-context.ts";

/**
 * Reads every value of a document with the moment at which it was measured, in the order sent: for Send, and for
 * notifications with history.
 *
 * `base` is the path asked for, where there is one; a Send has none. A value without `time` is of now. Throws
 * `MalformedInput`.
 */
export function decodeTimestamped(
  bytes: Uint8Array,
  format: number,
  base: Path | undefined,
  context: ReadingContext,
): TimestampedValue[] {
  return readDocument(bytes, format, base, context);
}

/** Writes values with their moments, as a device does. Throws {@link RangeError} for times in a format without. */
export function encodeTimestamped(
  values: readonly TimestampedValue[],
  format: number,
  options: { readonly rootPath?: readonly string[] } = {},
): Uint8Array {
  return writeDocument(values, format, options.rootPath);
}
