import type { ResourceValue } from "../value.ts";
import { idsOf, type TimestampedValue } from "./reading-context.ts";
import { type CompositePath, nameStart } from "./record-name.ts";

/** One record to be written: the parts that are there. A value of `null` asks to delete (RFC 8790 §3.2). */
export interface SenmlOut {
  readonly baseName?: string;
  readonly name?: string;
  readonly time?: number;
  readonly value?: ResourceValue | null;
}

/**
 * Gives values the names of SenML records: the first carries the base name, `/` or the alternate path, and all are named
 * from there: `3/0/9`. Not a deeper one: some clients read each name by itself and know this one only.
 */
export function valueRecords(
  values: readonly (Omit<TimestampedValue, "value"> & { readonly value: ResourceValue | null })[],
  rootPath: readonly string[] | undefined,
): SenmlOut[] {
  return values.map(({ path, time, value }, index) => ({
    ...(index === 0 && { baseName: nameStart(rootPath) }),
    name: idsOf(path).join("/"),
    ...(time !== undefined && { time }),
    value,
  }));
}

/** Gives paths the form of a Fetch Pack (RFC 8790 §3.1): full names, no base name. */
export function pathRecords(paths: readonly CompositePath[], rootPath: readonly string[] | undefined): SenmlOut[] {
  const start = nameStart(rootPath);
  return paths.map((path) => ({ name: path === "/" ? start : start + idsOf(path).join("/") }));
}
