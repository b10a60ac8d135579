import { instance, type ObjectNode, object, single } from "@lamplighter/lwm2m/node";
import { boolean, integer, text } from "@lamplighter/lwm2m/value";
import type { SoftwareMachine } from "./software-machine.ts";

/** One instance of object 9, as it is read. */
export interface SoftwareShown extends SoftwareMachine {
  readonly instance: number;
  readonly name: string;
}

/** Resources of object 9 that cannot be read: a package and its address are written, four are executed. */
export const softwareHidden = { written: [2, 3], executed: [4, 6, 10, 11] } as const;

/** Object 9 of a light; undefined for a light without software of its own kind. */
export function softwareObject(software: readonly SoftwareShown[]): ObjectNode | undefined {
  if (software.length === 0) return undefined;
  return object(
    9,
    software.map(({ instance: id, name, version, state, result, isActive }) =>
      instance(id, [
        single(0, text(name)),
        single(1, text(version)),
        single(7, integer(state)),
        single(9, integer(result)),
        single(12, boolean(isActive)),
      ]),
    ),
  );
}
