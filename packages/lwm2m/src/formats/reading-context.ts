import { MalformedInput } from "../malformed-input.ts";
import type { ObjectModel } from "../object-model.ts";
import { idMaxAtLevel, type Path } from "../path.ts";
import type { ResourceType, ResourceValue } from "../value.ts";

/** What must be known besides the bytes to read a document. */
export interface ReadingContext {
  /** The definition of an object in the version that the device has; `undefined` for one that we do not know. */
  readonly modelOf: (object: number) => ObjectModel | undefined;
  /** Now, in seconds since 1970: times on the wire may be relative to it. */
  readonly nowSeconds: number;
  /** The alternate path that the device registered with, as segments; names may begin with it (1.2.1) or not (before). */
  readonly rootPath?: readonly string[];
  /** Whether instance 65535 may stand for "the device picks a number", as in a Create. Otherwise it is refused. */
  readonly mayLeaveInstanceOpen?: boolean;
}

/** One value, at the resource or resource instance that it belongs to. */
export interface PathValue {
  readonly path: Path;
  readonly value: ResourceValue;
}

/** A value with the moment at which it was measured; without `time`, the moment at which it was sent. */
export interface TimestampedValue extends PathValue {
  /** Seconds since 1970, fractions included. */
  readonly time?: number;
}

/** The type that the model gives the resource at `path`. */
export function typeAt(path: Path, context: Pick<ReadingContext, "modelOf">): ResourceType | undefined {
  return path.resource === undefined ? undefined : context.modelOf(path.object)?.resources.get(path.resource)?.type;
}

/** In a Create, the instance whose number the device picks (OMA TS Core 1.2.1 §7.5.4). */
export const openInstance = 65_535;

/** Builds a path from one to four numbers. Throws {@link MalformedInput} for anything else. */
export function pathOfIds(ids: readonly number[], what: string, mayLeaveInstanceOpen = false): Path {
  if (ids.length < 1 || ids.length > 4) throw new MalformedInput(what, `${ids.length} identifiers are not 1 to 4`);
  ids.forEach((id, level) => {
    const idMax = level === 1 && mayLeaveInstanceOpen ? openInstance : idMaxAtLevel[level]!; // Present: at most four.
    if (!Number.isInteger(id) || id < 0 || id > idMax) throw new MalformedInput(what, `identifier ${id} is not one`);
  });
  const [object, instance, resource, resourceInstance] = ids;
  return {
    object: object!, // Present: the length check above.
    ...(instance !== undefined && { instance }),
    ...(resource !== undefined && { resource }),
    ...(resourceInstance !== undefined && { resourceInstance }),
  };
}

/** The numbers of a path, one to four. */
export function idsOf({ object, instance, resource, resourceInstance }: Path): number[] {
  const ids = [object];
  for (const id of [instance, resource, resourceInstance]) {
    if (id === undefined) break;
    ids.push(id);
  }
  return ids;
}

/** Whether `path` is `above` or lies below it. */
export function isWithin(path: Path, above: Path): boolean {
  const ids = idsOf(path);
  return idsOf(above).every((id, level) => ids[level] === id);
}
