import { MalformedInput } from "../malformed-input.ts";
import { formatPath } from "../path.ts";
import type { ResourceValue } from "../value.ts";
import { type CborItem, readCbor } from "./cbor-reader.ts";
import { cborInteger, cborMap } from "./cbor-writer.ts";
import { formatLimits } from "./format-limits.ts";
import { idsOf, type PathValue, pathOfIds, type ReadingContext, typeAt } from "./reading-context.ts";
import { cborValue } from "./senml-cbor.ts";
import { typedValue, type WireValue } from "./wire-value.ts";

/**
 * Reads LwM2M CBOR (content format 11544, OMA TS Core 1.2 §7.5.4): maps in maps, whose keys, identifiers or arrays of
 * them, put end to end make the path of a value. A path begins with the object, whatever was asked for.
 *
 * The alternate path may stand before the object. Throws {@link MalformedInput} for a path given twice, by whatever
 * division into maps, and for values at anything but a resource or its instance.
 */
export function readLwm2mCbor(bytes: Uint8Array, what: string, context: ReadingContext): PathValue[] {
  const document = readCbor(bytes, what);
  if (document.kind !== "map") throw new MalformedInput(what, "it is not a map");
  const found = new Map<string, PathValue>();
  const walk = (item: CborItem, ids: readonly number[]): void => {
    if (item.kind === "array") throw new MalformedInput(what, `/${ids.join("/")} is an array`);
    if (item.kind !== "map") return add(item, ids);
    for (const [key, value] of item.entries) walk(value, [...ids, ...idsOfKey(key, ids, what, context)]);
  };
  const add = (wire: WireValue, ids: readonly number[]): void => {
    const path = pathOfIds(ids, what, context.mayLeaveInstanceOpen);
    const where = `${what} ${formatPath(path)}`;
    if (path.resource === undefined) throw new MalformedInput(where, "a value stands at more than one resource");
    if (found.has(where)) throw new MalformedInput(where, "it is there twice");
    if (found.size >= formatLimits.recordsMax) {
      throw new MalformedInput(what, `it holds more than ${formatLimits.recordsMax} resources`);
    }
    found.set(where, { path, value: typedValue(wire, typeAt(path, context), where) });
  };
  walk(document, []);
  return [...found.values()];
}

/** Writes values as LwM2M CBOR, a map for each level. Throws {@link RangeError} for none at all, which it cannot say. */
export function writeLwm2mCbor(values: readonly PathValue[]): Uint8Array {
  if (values.length === 0) throw new RangeError("LwM2M CBOR has no way to write nothing");
  const top: Branch = new Map();
  for (const { path, value } of values) {
    const ids = idsOf(path);
    const last = ids.pop()!; // Present: a path has at least one identifier.
    let branch = top;
    for (const id of ids) branch = branchAt(branch, id);
    if (branch.has(last)) throw new RangeError(`${formatPath(path)} is there twice`);
    branch.set(last, value);
  }
  return branchCbor(top);
}

type Branch = Map<number, Branch | ResourceValue>;

function branchAt(branch: Branch, id: number): Branch {
  const next = branch.get(id);
  if (next instanceof Map) return next;
  if (next) throw new RangeError(`${id} is both a value and a place of values`);
  const made: Branch = new Map();
  branch.set(id, made);
  return made;
}

function branchCbor(branch: Branch): Uint8Array {
  return cborMap(
    [...branch].map(([id, below]) => [
      cborInteger(BigInt(id)),
      below instanceof Map ? branchCbor(below) : cborValue(below),
    ]),
  );
}

function idsOfKey(key: CborItem, before: readonly number[], what: string, context: ReadingContext): number[] {
  const parts = key.kind === "array" ? key.items : [key];
  if (parts.length === 0) throw new MalformedInput(what, "a key is an empty array");
  const root = before.length === 0 ? leadingTexts(parts) : [];
  const isRoot = root.length === 0 || root.join("/") === (context.rootPath ?? []).join("/");
  if (!isRoot)
    throw new MalformedInput(what, `${JSON.stringify(root.join("/").slice(0, 64))} is not the alternate path`);
  const ids = parts.slice(root.length).map((part) => {
    if (part.kind !== "integer" || part.value < 0n || part.value > 65_535n) {
      throw new MalformedInput(what, `a key is not an identifier: ${part.kind === "integer" ? part.value : part.kind}`);
    }
    return Number(part.value);
  });
  // Also what keeps the way down short: at most four identifiers, and each key has one unless it is the alternate path.
  if (before.length + ids.length > 4) throw new MalformedInput(what, "a path is longer than four identifiers");
  return ids;
}

function leadingTexts(parts: readonly CborItem[]): string[] {
  const texts: string[] = [];
  for (const part of parts) {
    if (part.kind !== "text") break;
    texts.push(part.value);
  }
  return texts;
}
