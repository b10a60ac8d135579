import { MalformedInput } from "./malformed-input.ts";

/**
 * The highest identifier at each level. All are 16-bit, but an *instance* may not be 65535: the
 * specification reserves it as MAX_ID, meaning "none" (OMA TS Core 1.1 §7.1).
 */
export const idMaxAtLevel = [65_535, 65_534, 65_535, 65_535];

/** A place in the object tree: `/5/0/1` is Package URI, instance 0 of Firmware Update. */
export interface Path {
  readonly object: number;
  readonly instance?: number;
  readonly resource?: number;
  readonly resourceInstance?: number;
}

/** How deep a path goes. */
export type PathLevel = "object" | "instance" | "resource" | "resource-instance";

/** Reads a path as devices write it. Throws {@link MalformedInput} on anything else. */
export function parsePath(text: string): Path {
  const segments = text.split("/");
  if (segments.length < 2 || segments.length > 5 || segments[0] !== "") {
    throw new MalformedInput("path", `${JSON.stringify(text.slice(0, 64))} is not 1 to 4 identifiers`);
  }
  return pathOfSegments(segments.slice(1));
}

/** Reads a path given as its one to four segments, as CoAP carries it. Throws {@link MalformedInput}. */
export function pathOfSegments(segments: readonly string[]): Path {
  if (segments.length < 1 || segments.length > 4) {
    throw new MalformedInput("path", `${segments.length} segments are not 1 to 4 identifiers`);
  }
  const [object, instance, resource, resourceInstance] = segments.map(parseId);
  return {
    object: object!, // Present: the length check above guarantees a first segment.
    ...(instance !== undefined && { instance }),
    ...(resource !== undefined && { resource }),
    ...(resourceInstance !== undefined && { resourceInstance }),
  };
}

/** Writes a path the way {@link parsePath} reads it: `/5/0/1`. */
export function formatPath(path: Path): string {
  return `/${pathSegments(path).join("/")}`;
}

/** The path as CoAP Uri-Path segments: `["5", "0", "1"]`. */
export function pathSegments({ object, instance, resource, resourceInstance }: Path): string[] {
  const segments = [String(object)];
  for (const id of [instance, resource, resourceInstance]) {
    if (id === undefined) break;
    segments.push(String(id));
  }
  return segments;
}

export function levelOf(path: Path): PathLevel {
  if (path.resourceInstance !== undefined) return "resource-instance";
  if (path.resource !== undefined) return "resource";
  return path.instance !== undefined ? "instance" : "object";
}

function parseId(segment: string, level: number): number {
  // Not Number(): that reads "", " 3", "0x5" and "3e1" as numbers, and a device may send them.
  if (!/^(0|[1-9]\d{0,4})$/.test(segment)) {
    throw new MalformedInput("path", `${JSON.stringify(segment.slice(0, 64))} is not an identifier`);
  }
  const id = Number(segment);
  const idMax = idMaxAtLevel[level]!; // Present: the caller has checked there are at most four.
  if (id > idMax) throw new MalformedInput("path", `identifier ${id} is above ${idMax}`);
  return id;
}
