import { MalformedInput } from "../malformed-input.ts";
import type { Path } from "../path.ts";
import { formatLimits } from "./format-limits.ts";
import { pathOfIds, type ReadingContext } from "./reading-context.ts";

/** A place in a composite request: a path, or `"/"` for everything that the device has. */
export type CompositePath = Path | "/";

/**
 * Reads the name of a record, base name and name already put together: `/3/0/9`, with the alternate path of the device
 * before it (`/lwm2m/3/0/9`, OMA TS Transport 1.2.1 §6.4.1) or without. A slash at the end is let pass, a slash missing
 * at the start too. Throws {@link MalformedInput}.
 */
export function parseName(name: string, what: string, context: ReadingContext): CompositePath {
  if (name.length > formatLimits.nameCharactersMax) {
    throw new MalformedInput(what, `a name is longer than ${formatLimits.nameCharactersMax} characters`);
  }
  const segments = name.split("/");
  if (segments[0] === "") segments.shift();
  if (segments.at(-1) === "") segments.pop();
  const root = context.rootPath ?? [];
  const isPrefixed = root.length > 0 && root.every((segment, index) => segments[index] === segment);
  const ids = isPrefixed ? segments.slice(root.length) : segments;
  if (ids.length === 0) {
    if (name === "") throw new MalformedInput(what, "a record has no name");
    return "/";
  }
  const numbers = ids.map((segment) => {
    // Not Number(): that reads "", " 3", "0x5" and "3e1" as numbers, and a device may send them.
    if (!/^(0|[1-9]\d{0,4})$/.test(segment)) {
      throw new MalformedInput(what, `${JSON.stringify(name.slice(0, 64))} is not a path`);
    }
    return Number(segment);
  });
  return pathOfIds(numbers, `${what} name ${JSON.stringify(name.slice(0, 64))}`, context.mayLeaveInstanceOpen);
}

/** Writes the beginning of every name: `/` or `/lwm2m/`. */
export function nameStart(rootPath: readonly string[] | undefined): string {
  return `/${(rootPath ?? []).map((segment) => `${segment}/`).join("")}`;
}
