import { formatPath, levelOf, type Path } from "./path.ts";
import type { Lwm2mVersion } from "./registration.ts";
import { decimal } from "./text.ts";
import type { ResourceType } from "./value.ts";

/**
 * Attributes of Write-Attributes (OMA TS Core 1.1 §7.3.2, Core 1.2 §7.3). Periods are in seconds, `null` unsets one.
 *
 * `edge` (0 falling, 1 rising), `con` (1: notify confirmably) and `hqmax` (how many values to keep while away) came with 1.2,
 * `epmin` and `epmax` with 1.1.
 */
export type NotificationAttributes = Readonly<
  Partial<Record<"pmin" | "pmax" | "epmin" | "epmax" | "gt" | "lt" | "st" | "edge" | "con" | "hqmax", number | null>>
>;

const since: Readonly<Record<string, readonly Lwm2mVersion[]>> = {
  epmin: ["1.1", "1.2"],
  epmax: ["1.1", "1.2"],
  edge: ["1.2"],
  con: ["1.2"],
  hqmax: ["1.2"],
};

/**
 * Judges a set of attributes before it is sent; answers a sentence, or `undefined` when all is well.
 *
 * Only what is in one request can be judged: a device merges it with what it has, and refuses what does not fit together.
 * With what is known of the device, attributes that its version or the resource's type do not have are refused too.
 */
export function checkAttributes(
  path: Path,
  attributes: NotificationAttributes,
  { version, type }: { readonly version?: Lwm2mVersion; readonly type?: ResourceType | undefined } = {},
): string | undefined {
  const { pmin, pmax, epmin, epmax, gt, lt, st, edge, con, hqmax } = attributes;
  for (const name of Object.keys(attributes)) {
    if (version && since[name]?.includes(version) === false) {
      return `${name} is not known in LwM2M ${version}, which this device speaks.`;
    }
  }
  for (const [name, value] of Object.entries({ pmin, pmax, epmin, epmax })) {
    if (value != null && !(Number.isInteger(value) && value >= 0)) {
      return `${name} is a whole number of seconds, and ${value} is not.`;
    }
  }
  for (const [name, value] of Object.entries({ edge, con })) {
    if (value != null && value !== 0 && value !== 1) return `${name} is 0 or 1, and ${value} is not.`;
  }
  if (hqmax != null && !(Number.isInteger(hqmax) && hqmax >= 0)) {
    return `hqmax is a whole number of values, and ${hqmax} is not.`;
  }
  for (const [name, value] of Object.entries({ gt, lt, st, edge })) {
    if (value == null) continue;
    if (!Number.isFinite(value)) return `${name} is a number, and ${value} is not.`;
    if (path.resource === undefined)
      return `${name} belongs to a resource, and ${formatPath(path)} is an ${levelOf(path)}.`;
    const fits = name === "edge" ? type === "boolean" : type === undefined || numericTypes.includes(type);
    if (type !== undefined && !fits) return `${name} does not fit ${formatPath(path)}, which is of type ${type}.`;
  }
  if (st != null && st < 0) return `st is not negative, and ${st} is.`;
  if (pmin != null && pmax != null && pmax !== 0 && pmax < pmin) return `pmax ${pmax} is below pmin ${pmin}.`;
  if (epmin != null && epmax != null && epmin >= epmax) return `epmin ${epmin} is not below epmax ${epmax}.`;
  if (lt != null && gt != null && lt + 2 * (st ?? 0) >= gt) {
    return `lt ${lt} and gt ${gt} are too close together: lt + 2 × st must be below gt.`;
  }
  return undefined;
}

const numericTypes: readonly ResourceType[] = ["integer", "unsigned", "float", "time"];

/** Writes attributes as query parameters: `pmin=10`, and `pmin` alone to unset it. */
export function attributeQuery(attributes: NotificationAttributes): string[] {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value === null ? name : `${name}=${decimal(Number(value))}`));
}
