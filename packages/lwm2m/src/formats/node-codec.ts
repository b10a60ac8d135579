import { MalformedInput } from "../malformed-input.ts";
import type { Node } from "../node.ts";
import { formatPath, levelOf, type Path } from "../path.ts";
import { formatName, titleOf } from "./content-formats.ts";
import { knownFormat, readDocument, writeDocument } from "./documents.ts";
import { assembleNode, valuesOf } from "./node-assembly.ts";
import type { ReadingContext, TimestampedValue } from "./reading-context.ts";

/** Whether {@link decodeNode} and {@link encodeNode} speak a content format: all but text, opaque, link format and TLV. */
export function speaksFormat(format: number): boolean {
  return formatName(format) !== undefined;
}

/**
 * Reads the content of an answer to a read of `path`, of a notification about it, or of a write to it.
 *
 * Where values of several moments came, as in a notification with history, the latest of each place counts; those
 * without a time are of now. {@link decodeTimestamped} has them all. Throws {@link MalformedInput}, also for what
 * belongs elsewhere than at `path`.
 */
export function decodeNode(bytes: Uint8Array, format: number, path: Path, context: ReadingContext): Node {
  const what = titleOf[knownFormat(format)];
  return assembleNode(latestOf(readDocument(bytes, format, path, context), what), path, context, what);
}

/**
 * Writes what stands, or is to stand, at `path`. For a Create that leaves the number to the device, give an object node
 * whose instance is 65535.
 *
 * Throws {@link RangeError} for what the format cannot say: more than one value in CBOR, nothing in LwM2M CBOR, numbers
 * that are none.
 */
export function encodeNode(
  node: Node,
  format: number,
  path: Path,
  options: { readonly rootPath?: readonly string[] } = {},
): Uint8Array {
  const isOneValue = node.kind === "single" || node.kind === "resource-instance";
  if (formatName(format) === "cbor" && !isOneValue) {
    throw new RangeError(`CBOR cannot carry a ${node.kind} at ${formatPath(path)}, which is a whole ${levelOf(path)}`);
  }
  return writeDocument(valuesOf(node, path), format, options.rootPath);
}

/** The latest value of each place. Throws {@link MalformedInput} for two of the same place and moment. */
export function latestOf(values: readonly TimestampedValue[], what: string): TimestampedValue[] {
  const latest = new Map<string, TimestampedValue>();
  for (const candidate of values) {
    const where = formatPath(candidate.path);
    const known = latest.get(where);
    const isSameMoment = known && known.time === candidate.time;
    if (isSameMoment) throw new MalformedInput(what, `${where} is there twice`);
    if (!known || moment(candidate) > moment(known)) latest.set(where, candidate);
  }
  return [...latest.values()];
}

function moment({ time }: TimestampedValue): number {
  return time ?? Number.POSITIVE_INFINITY;
}
