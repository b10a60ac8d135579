import { MalformedInput } from "../malformed-input.ts";
import type { Node } from "../node.ts";
import { formatPath, type Path } from "../path.ts";
import type { ResourceValue } from "../value.ts";
import { formatName, titleOf } from "./content-formats.ts";
import { knownFormat, readDocument, readSenml, senmlName, writeDocument, writeSenml } from "./documents.ts";
import { assembleNode } from "./node-assembly.ts";
import { latestOf } from "./node-codec.ts";
import { type PathValue, type ReadingContext, type TimestampedValue, typeAt } from "./reading-context.ts";
import type { CompositePath } from "./record-name.ts";
import { fetchedPaths, resolveRecords } from "./senml.ts";
import { pathRecords, valueRecords } from "./senml-out.ts";
import { typedValue } from "./wire-value.ts";

interface WritingOptions {
  readonly rootPath?: readonly string[];
}

/** One line of a Write-Composite: a value to be written, or a resource instance to be deleted (SenML-ETCH alone can). */
export type CompositeWrite = PathValue | { readonly path: Path; readonly value: "delete" };

/** Writes the list of paths that Read-Composite and Observe-Composite ask for. SenML formats only. */
export function encodePaths(
  paths: readonly CompositePath[],
  format: number,
  { rootPath }: WritingOptions = {},
): Uint8Array {
  const name = senmlName(format);
  if (!name) throw new RangeError(`content format ${format} has no list of paths`);
  return writeSenml(pathRecords(paths, rootPath), name);
}

/** Reads a list of paths, as a device does. Throws {@link MalformedInput} for anything in it that is not a name. */
export function decodePaths(bytes: Uint8Array, format: number, context: ReadingContext): CompositePath[] {
  const name = senmlName(format);
  if (!name) throw new MalformedInput("content", `content format ${format} has no list of paths`);
  return fetchedPaths(readSenml(bytes, name), titleOf[name], context);
}

/**
 * Reads the answer to a composite read of `asked`: what stands at each path, under the path as `formatPath` writes it.
 *
 * A path that the device does not have is missing from the answer and from the map; that is no error (OMA TS Core 1.1
 * §6.3.9). For `"/"` every object that came is in the map by its own path. Throws {@link MalformedInput}, also for a
 * value that was not asked for.
 */
export function decodeComposite(
  bytes: Uint8Array,
  format: number,
  asked: readonly CompositePath[],
  context: ReadingContext,
): Map<string, Node> {
  const what = titleOf[knownFormat(format)];
  const values = latestOf(readComposite(bytes, format, context), what);
  return nodesAt(values, asked, context, what);
}

/** Puts values that came together, as by Send or Observe-Composite, at the paths asked for. See {@link decodeComposite}. */
export function nodesAt(
  values: readonly TimestampedValue[],
  asked: readonly CompositePath[],
  context: Pick<ReadingContext, "modelOf">,
  what: string,
): Map<string, Node> {
  const byPlace = new Map<string, TimestampedValue[]>();
  for (const value of values) {
    for (const place of placesOf(value.path)) {
      const there = byPlace.get(place);
      if (there) there.push(value);
      else byPlace.set(place, [value]);
    }
  }
  const wanted = new Map<string, Path>();
  for (const path of asked) {
    if (path !== "/") wanted.set(formatPath(path), path);
    else
      for (const {
        path: { object },
      } of values)
        wanted.set(`/${object}`, { object });
  }
  const nodes = new Map<string, Node>();
  const placed = new Set<TimestampedValue>();
  for (const [name, path] of wanted) {
    const below = byPlace.get(name) ?? [];
    for (const value of below) placed.add(value);
    if (below.length > 0) nodes.set(name, assembleNode(below, path, context, what));
  }
  const stray = values.find((value) => !placed.has(value));
  if (stray) throw new MalformedInput(what, `${formatPath(stray.path)} was not asked for`);
  return nodes;
}

/** The places that a value belongs to, from its object down. One of a multiple resource sent without its number belongs to number 0 too. */
function placesOf({ object, instance, resource, resourceInstance = 0 }: Path): string[] {
  const places = [`/${object}`];
  for (const id of [instance, resource, resourceInstance]) {
    if (id === undefined) break;
    places.push(`${places.at(-1)}/${id}`);
  }
  return places;
}

/**
 * Writes a Write-Composite. Throws {@link RangeError} for a format that has none, and for deletions in any but SenML-ETCH
 * or of anything but a resource instance.
 */
export function encodeCompositeWrite(
  writes: readonly CompositeWrite[],
  format: number,
  { rootPath }: WritingOptions = {},
): Uint8Array {
  const values = writes.filter((write): write is PathValue => write.value !== "delete");
  const name = senmlName(format);
  if (!name) {
    const canCarry = formatName(format) === "lwm2m-cbor" && values.length === writes.length;
    if (!canCarry) throw new RangeError(`content format ${format} cannot carry this Write-Composite`);
    return writeDocument(values, format, rootPath);
  }
  const lines = writes.map(({ path, value }): { readonly path: Path; readonly value: ResourceValue | null } => {
    if (value !== "delete") return { path, value };
    if (!name.startsWith("senml-etch")) throw new RangeError(`${titleOf[name]} cannot delete`);
    if (path.resourceInstance === undefined) throw new RangeError(`${formatPath(path)} is not a resource instance`);
    return { path, value: null };
  });
  return writeSenml(valueRecords(lines, rootPath), name);
}

/** Reads a Write-Composite, as a device does. Throws {@link MalformedInput}; a pack is good as a whole or not at all. */
export function decodeCompositeWrite(bytes: Uint8Array, format: number, context: ReadingContext): CompositeWrite[] {
  const name = senmlName(format);
  if (!name?.startsWith("senml-etch")) {
    const what = titleOf[knownFormat(format)];
    return latestOf(readComposite(bytes, format, context), what).map(({ path, value }) => ({ path, value }));
  }
  const what = titleOf[name];
  return resolveRecords(readSenml(bytes, name), what, context).map(({ path, value }): CompositeWrite => {
    if (path === "/" || path.resource === undefined || value === undefined) {
      throw new MalformedInput(what, `${path === "/" ? path : formatPath(path)} is not a resource with a value`);
    }
    if (value.kind !== "null") {
      return { path, value: typedValue(value, typeAt(path, context), `${what} ${formatPath(path)}`) };
    }
    if (path.resourceInstance === undefined) {
      throw new MalformedInput(what, `${formatPath(path)} is not a resource instance, and only those are deleted`);
    }
    return { path, value: "delete" };
  });
}

function readComposite(bytes: Uint8Array, format: number, context: ReadingContext): TimestampedValue[] {
  const name = knownFormat(format);
  if (name === "cbor" || name === "json") {
    throw new MalformedInput(titleOf[name], "it cannot carry a composite operation");
  }
  return readDocument(bytes, format, undefined, context);
}
