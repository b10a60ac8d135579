import { formatPath, levelOf, type Path } from "./path.ts";
import { decimal } from "./text.ts";

/** Attributes of Write-Attributes (OMA TS Core 1.1 §7.3.2). Periods are in seconds. `null` unsets one. */
export type NotificationAttributes = Readonly<
  Partial<Record<"pmin" | "pmax" | "epmin" | "epmax" | "gt" | "lt" | "st", number | null>>
>;

/**
 * Judges a set of attributes before it is sent; answers a sentence, or `undefined` when all is well.
 *
 * Only what is in one request can be judged: a device merges it with what it has, and refuses what does not fit together.
 */
export function checkAttributes(path: Path, attributes: NotificationAttributes): string | undefined {
  const { pmin, pmax, epmin, epmax, gt, lt, st } = attributes;
  for (const [name, value] of Object.entries({ pmin, pmax, epmin, epmax })) {
    if (value != null && !(Number.isInteger(value) && value >= 0)) {
      return `${name} is a whole number of seconds, and ${value} is not.`;
    }
  }
  for (const [name, value] of Object.entries({ gt, lt, st })) {
    if (value == null) continue;
    if (!Number.isFinite(value)) return `${name} is a number, and ${value} is not.`;
    if (path.resource === undefined)
      return `${name} belongs to a resource, and ${formatPath(path)} is an ${levelOf(path)}.`;
  }
  if (st != null && st < 0) return `st is not negative, and ${st} is.`;
  if (pmin != null && pmax != null && pmax !== 0 && pmax < pmin) return `pmax ${pmax} is below pmin ${pmin}.`;
  if (epmin != null && epmax != null && epmin >= epmax) return `epmin ${epmin} is not below epmax ${epmax}.`;
  if (lt != null && gt != null && lt + 2 * (st ?? 0) >= gt) {
    return `lt ${lt} and gt ${gt} are too close together: lt + 2 × st must be below gt.`;
  }
  return undefined;
}

/** Writes attributes as query parameters: `pmin=10`, and `pmin` alone to unset it. */
export function attributeQuery(attributes: NotificationAttributes): string[] {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value === null ? name : `${name}=${decimal(Number(value))}`));
}
